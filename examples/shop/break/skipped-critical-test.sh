#!/usr/bin/env bash
# Every test that runs passes, but one that may not be skipped is skipped.
. "$(dirname "$0")/in_copy.sh"
change tests/test_money.py 'def test_a_double_click' \
  $'@pytest.mark.skip(reason="we will mend it after the release")\ndef test_a_double_click'
commit "Break test: a critical test is skipped"
