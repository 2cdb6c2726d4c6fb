//! A review as comma-separated values.

use std::fmt::Write as _;

use super::{AccessReview, ReviewedCaller};
use crate::audit::csv_field;

const HEADER: &str = "endpoint,requirement,account,username,key,method,provided,\
    because,origin,granted_by,reason,granted_at,expires_at\r\n";

impl AccessReview {
    /// The review as comma-separated values ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)): a line for
    /// each caller of an endpoint and each reason. Where every caller or every account may
    /// call, it has `anyone` or `every account` instead of an account.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut csv = HEADER.to_owned();
        for endpoint in &self.endpoints {
            let head = [endpoint.endpoint.as_str(), endpoint.requirement.as_str()];
            if endpoint.public {
                let anyone = ["anyone", "", "", "", ""].map(str::to_owned);
                line(&mut csv, head, &anyone, &[]);
            }
            for every in &endpoint.every_account {
                let provided = every.provided.clone().unwrap_or_default();
                let caller = [
                    "every account".to_owned(),
                    String::new(),
                    String::new(),
                    every.method.clone(),
                    provided,
                ];
                line(&mut csv, head, &caller, &[]);
            }
            for caller in &endpoint.callers {
                callers(&mut csv, head, caller);
            }
        }
        csv
    }
}

fn callers(csv: &mut String, head: [&str; 2], caller: &ReviewedCaller) {
    let fields = || {
        [
            caller.account.to_string(),
            caller.username.clone(),
            caller.key.as_ref().map(|key| key.id.to_string()).unwrap_or_default(),
            caller.method.clone(),
            caller.provided.clone().unwrap_or_default(),
        ]
    };
    if caller.because.is_empty() {
        line(csv, head, &fields(), &[]);
    }
    let time = |seconds: Option<u64>| seconds.map(|it| it.to_string()).unwrap_or_default();
    for it in &caller.because {
        let because = [
            format!("{} {}", it.kind.as_str(), it.name),
            it.origin.as_str().to_owned(),
            it.granted_by.as_ref().map(ToString::to_string).unwrap_or_default(),
            it.reason.clone(),
            it.granted_at.to_string(),
            time(it.expires_at),
        ];
        line(csv, head, &fields(), &because);
    }
}

fn line(csv: &mut String, head: [&str; 2], caller: &[String; 5], because: &[String]) {
    let head = head.iter().map(|it| csv_field(it));
    let because = because.iter().map(String::as_str).chain(std::iter::repeat("")).take(6);
    let fields = head.chain(caller.iter().map(|it| csv_field(it))).chain(because.map(csv_field));
    let _ = write!(csv, "{}\r\n", fields.collect::<Vec<_>>().join(","));
}
