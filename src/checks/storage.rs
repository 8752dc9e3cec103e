//! `storage`: buckets exist and can be listed, and objects are in them.

use std::collections::BTreeMap;

use crate::checks::reasons::{Reasons, unset};
use crate::domain::check::{BucketRule, CheckResult, StorageRule};
use crate::domain::reason::{Reason, ReasonCode};
use crate::probe::storage::{Answer, Store};

/// Asks for each bucket and object of a rule.
pub async fn run(rule: &StorageRule, environment: &BTreeMap<String, String>) -> CheckResult {
    let url = environment.get(&rule.url_from);
    let Some(url) = url.filter(|url| !url.trim().is_empty()) else {
        return unset(&rule.url_from, "the URL of the store");
    };
    let store = match Store::open(url, environment) {
        Ok(store) => store,
        Err(why) => {
            let message = format!(
                "The store that `{}` names can't be asked: {why}.",
                rule.url_from
            );
            return CheckResult::errored(Reason::new(ReasonCode::NotStarted, message));
        }
    };
    let mut reasons = Reasons::default();
    for bucket in &rule.buckets {
        look(bucket, rule, &store, &mut reasons).await;
    }
    reasons.into_result()
}

/// Without the bucket nothing is said of its objects.
async fn look(bucket: &BucketRule, rule: &StorageRule, store: &Store, reasons: &mut Reasons) {
    let BucketRule { name, objects } = bucket;
    let answer = store.bucket(name).await;
    let is_there = answer == Answer::Found;
    let what = format!("the bucket `{name}`");
    judge(answer, ReasonCode::BucketMissing, &what, rule, reasons);
    if !is_there {
        return;
    }
    for key in objects {
        let answer = store.object(name, key).await;
        let what = format!("the object `{key}` in the bucket `{name}`");
        judge(answer, ReasonCode::ObjectMissing, &what, rule, reasons);
    }
}

fn judge(
    answer: Answer,
    missing: ReasonCode,
    what: &str,
    rule: &StorageRule,
    reasons: &mut Reasons,
) {
    let unknown = |message| Reason::new(ReasonCode::StorageUnreachable, message);
    let store = format!("The store that `{}` names", rule.url_from);
    match answer {
        Answer::Found => {}
        Answer::Missing => {
            let message = format!("{store} does not have {what}.");
            reasons.bad(Reason::new(missing, message));
        }
        Answer::Denied(why) => reasons.unknown(unknown(format!(
            "{store} does not let us look for {what}: {why}. Give it a key that may list."
        ))),
        Answer::Unreachable(why) => reasons.unknown(unknown(format!(
            "{store} could not be asked for {what}: {why}."
        ))),
    }
}
