# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by demo.sh: how the marketplace goes out, through six gates to staging and production, with
# a database of its own. What people decide is decided here by made-up people.

version=2.0.0
paths=$tools/bin:$tools/marketplace/bin

serve() {
  DATABASE_URL=$("$root/scripts/postgres.sh" start "$scratch/postgres")
  set -a
  # shellcheck source=examples/marketplace/production.env
  . "$scratch/marketplace/production.env"
  set +a
  keep PATH DATABASE_URL PAYMENT_URL PAYMENT_KEY WEBHOOK_URL WEBHOOK_SECRET RECOMMENDER_URL MAIL_URL
  say "a database on ${DATABASE_URL##*@}"
}

stop() {
  "$scratch/marketplace/scripts/staging.sh" stop "$scratch/staging"
  "$root/scripts/postgres.sh" stop "$scratch/postgres"
}

# The first step that does not pass ends it; G3 and G5 wait for people before they pass.
release() {
  step run --release-version "$version" && step run G0 G1 G2 G4 && to_staging &&
    step evidence add rollback-plan runbook/rollback.md --gate G3 &&
    until_people_decide G3 && step approve G3 --by quinn --role qa &&
    until_people_decide G5 &&
    step sign-off G5/seen --by robin --result passed --environment staging &&
    step approve production --by alice && step promote production
}

to_staging() {
  step promote staging || return
  APP_URL=$(scripts/staging.sh start "$scratch/staging")
  export APP_URL
  say "staging runs on $APP_URL"
  step deployed staging --status passed --by robin && step validate staging
}

# Runs a gate of which nothing may be left but what people decide.
until_people_decide() {
  local code=0
  step run "$1" || code=$?
  [ "$code" -ne 1 ]
}

expected_code() {
  case "$fault" in
  blocking-recommendations | careless-digest) echo 0 ;; # one of them is tolerated
  *) echo 1 ;;
  esac
}

told() {
  echo "Tag        v$version on $(git rev-parse --short "v$version^{commit}")"
  echo "Log        $scratch/staging/api.jsonl, what the app wrote on staging"
}
