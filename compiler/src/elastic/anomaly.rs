//! Machine-learning rules: anomaly records that Elasticsearch's jobs have written.
//!
//! Kibana's rule type looks for records (not buckets or influencers) of its jobs that are final and have at least a score (Kibana,
//! "Create a machine learning rule"; Elasticsearch reference, "Get records API").

use sigil_runtime::fold::fold;

use super::leaf::Target;
use super::schema::Schema;
use crate::ir::{Case, CompareOp, Expr, Number, Test, TextOp};

/// Whether an event is a record that a rule is about. Jobs that Kibana has prefixed are named in full.
pub(super) fn condition(jobs: &[String], threshold: f64) -> Expr {
    let schema = Schema::default();
    let field = |name: &str| Target::field(&schema, name);
    let is = |name: &str, values: Vec<String>| field(name).part(TextOp::Equals, values, Case::Sensitive);
    let score = Number::from_f64(threshold).unwrap_or(Number::Int(0));
    Expr::all([
        is("result_type", vec!["record".to_owned()]),
        is("is_interim", vec![fold("false")]),
        is("job_id", jobs.to_vec()),
        Expr::test(field("record_score").subject, Test::Compare { op: CompareOp::GreaterOrEqual, to: score }),
    ])
}
