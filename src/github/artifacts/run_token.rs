//! What the job's token says of the job.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

use super::ArtifactError;

/// With or without padding.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// What the service calls a run and a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BackendIds {
    /// The run.
    #[serde(rename = "workflow_run_backend_id", alias = "workflowRunBackendId")]
    pub(super) run: String,
    /// The job.
    #[serde(
        rename = "workflow_job_run_backend_id",
        alias = "workflowJobRunBackendId"
    )]
    pub(super) job: String,
}

#[derive(Deserialize)]
struct Claims {
    /// Separated by spaces; one is `Actions.Results:<run>:<job>`.
    scp: String,
}

impl BackendIds {
    /// Reads them from the token, a JWT (RFC 7519). Its signature is the service's to check.
    pub(super) fn read(token: &str) -> Result<Self, ArtifactError> {
        let unusable = |problem: &str| ArtifactError::Unusable {
            message: format!("ACTIONS_RUNTIME_TOKEN {problem}"),
        };
        let claims = claims(token).ok_or_else(|| unusable("is no JWT with a claim `scp`"))?;
        claims
            .scp
            .split(' ')
            .find(|scope| scope.split(':').next() == Some("Actions.Results"))
            .and_then(Self::of_scope)
            .ok_or_else(|| unusable("has no scope `Actions.Results:<run>:<job>`"))
    }

    fn of_scope(scope: &str) -> Option<Self> {
        let parts: Vec<_> = scope.split(':').collect();
        let [_, run, job] = parts.as_slice() else {
            return None;
        };
        let ids = Self {
            run: (*run).to_owned(),
            job: (*job).to_owned(),
        };
        (!run.is_empty() && !job.is_empty()).then_some(ids)
    }
}

fn claims(token: &str) -> Option<Claims> {
    let payload = token.split('.').nth(1)?;
    let engine = GeneralPurpose::new(&URL_SAFE, LENIENT);
    serde_json::from_slice(&engine.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};

    fn ids(payload: &str) -> Result<(String, String), String> {
        let token = format!("e30.{}.sig", BASE64_URL_SAFE_NO_PAD.encode(payload));
        let ids = BackendIds::read(&token).map_err(|error| error.to_string())?;
        Ok((ids.run, ids.job))
    }

    #[test]
    fn the_ids_are_in_a_scope_of_the_token() {
        let expected = Ok(("r-1".to_owned(), "j-2".to_owned()));
        assert_eq!(ids(r#"{"scp":"Actions.Results:r-1:j-2"}"#), expected);
        let others = r#"{"scp":"Actions.Other:a:b Actions.Results:r-1:j-2 x","ü":"?>"}"#;
        assert_eq!(ids(others), expected);
        let payload = BASE64_URL_SAFE.encode(r#"{"scp":"Actions.Results:r-1:j-2"} "#);
        assert!(payload.ends_with('='));
        assert!(BackendIds::read(&format!("a.{payload}")).is_ok());
    }

    #[test]
    fn a_token_without_ids_is_unusable_and_does_not_show() {
        for payload in [
            "no JSON",
            "{}",
            r#"{"scp":7}"#,
            r#"{"scp":""}"#,
            r#"{"scp":"Actions.Results"}"#,
            r#"{"scp":"Actions.Results:r"}"#,
            r#"{"scp":"Actions.Results:r:"}"#,
            r#"{"scp":"Actions.Results:r:j:k"}"#,
            r#"{"scp":"Actions.ResultsX:r:j"}"#,
        ] {
            let error = ids(payload).unwrap_err();
            assert!(error.contains("ACTIONS_RUNTIME_TOKEN"), "{error}");
            assert!(!error.contains("Actions.Results:r"), "{error}");
        }
        for token in ["", "s3cr3t", "s3cr3t.", "a.*s3cr3t*.c"] {
            let error = BackendIds::read(token).unwrap_err().to_string();
            assert!(!error.contains("s3cr3t"), "{error}");
        }
    }
}
