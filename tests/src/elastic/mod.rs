//! A second reading of Elastic's query languages: what KQL and single-event EQL queries say of an event, worked out from the trees of the parsers in the slowest and
//! plainest way. It shares no line with the lowering, the IR or the runtime, but for case folding, the cutting of text into words and the translation of regular
//! expressions.
//!
//! - [`document`]: the values that an event holds under a field
//! - [`typed`]: one value against one literal, by the type of the field
//! - [`decimal`], [`date`], [`address`], [`glob`]: what values and literals spell
//! - [`kql`], [`eql`], [`functions`]: the languages
//! - [`rewrite`]: what Elasticsearch simplifies in EQL first
//! - [`generate`]: queries and events of a small world, in which they meet
//! - [`shrink`]: the smallest part of a query and an event that still shows a difference

pub mod address;
pub mod date;
pub mod decimal;
pub mod document;
pub mod eql;
pub mod functions;
pub mod generate;
pub mod glob;
pub mod kql;
pub mod rewrite;
pub mod shrink;
pub mod typed;

use sigil_compiler::diagnostic::Diagnostics;
use sigil_compiler::elastic::schema::Schema;
use sigil_compiler::source::FileId;

/// The fields of the small world, as a schema file: every type, and further views of some fields.
pub const SCHEMA: &str = "\
field,type,ignore_above
event.category,keyword
a.kw,keyword
a.other,keyword
a.short,keyword,6
a.wild,wildcard
a.text,text
b.ip,ip
b.int,long
b.long,long
b.dbl,double
b.bool,boolean
b.date,date
flat,flattened
list,nested
list.k,keyword
list.n,long
list.t,text
list.sub,nested
list.sub.k,keyword
list.sub.n,long
";

/// [`SCHEMA`], read.
///
/// # Panics
/// If it cannot be read.
pub fn schema() -> Schema {
    let mut schema = Schema::default();
    let mut diags = Diagnostics::new();
    schema.extend(FileId(0), SCHEMA, &mut diags);
    assert!(diags.is_empty(), "{:?}", diags.as_slice());
    schema
}
