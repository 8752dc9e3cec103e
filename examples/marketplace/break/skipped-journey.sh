#!/usr/bin/env bash
# Every test that runs passes, but one of a core journey is skipped.
. "$(dirname "$0")/in_copy.sh"
change tests/test_journeys.py 'def test_journey_pay' \
  $'@pytest.mark.skip(reason="we will mend it after the release")\ndef test_journey_pay'
change tests/test_journeys.py 'from tests.person' $'import pytest\n\nfrom tests.person'
commit "Break G1: nobody looks whether paying works"
