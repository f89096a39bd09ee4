//! `FROM`, `ROW`, and the columns that events have.

use std::sync::Arc;

use sigil_runtime::table::{Expr, Type};

use super::environment::{Fields, Origin, SourceColumn};
use super::scope::Column;
use super::{Analyzer, MAX_COLUMNS, Place, Typed};
use crate::diagnostic::{Code, closest};
use crate::elastic::esql::ast::{Literal, MapValue, Name, Setting, Source, SourceKind, Target};
use crate::elastic::{schema, short};
use crate::source::Span;

/// Metadata fields that are read (ES|QL reference, "Metadata fields").
const METADATA: [&str; 6] = ["_id", "_index", "_version", "_source", "_ignored", "_score"];

impl Analyzer<'_> {
    /// `SET name = value;`: times are in UTC, and nothing else is set.
    pub(super) fn setting(&mut self, setting: &Setting) {
        let zone = setting.name.value.eq_ignore_ascii_case("time_zone");
        let utc = match &setting.value {
            MapValue::Literal(literal) => match &literal.value {
                Literal::String(text) => matches!(text.value.as_str(), "UTC" | "Z" | "+00:00"),
                _ => false,
            },
            MapValue::Map(_) => false,
        };
        if !(zone && utc) {
            self.unsupported::<()>("SET");
        }
    }

    /// The source command.
    pub(super) fn source(&mut self, source: &Source) {
        match &source.kind {
            SourceKind::From(indices) => {
                self.of_events = true;
                for target in &indices.targets {
                    match target {
                        Target::Index(index) => {
                            // a quoted name may be a list
                            let cluster = index.cluster.as_ref().map(|cluster| format!("{}:", cluster.value));
                            for name in index.name.value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                                self.indices.push(format!("{}{name}", cluster.as_deref().unwrap_or_default()));
                            }
                            if index.selector.as_ref().is_some_and(|selector| selector.value != "data") {
                                self.unsupported::<()>("FROM index::failures");
                            }
                        }
                        Target::Subquery(_) => drop(self.unsupported::<()>("FROM (FROM ..)")),
                    }
                }
                self.scope.open();
                if let Fields::Known(names) = self.env.fields {
                    for name in names.iter().take(MAX_COLUMNS) {
                        self.event_field(name);
                    }
                }
                for field in &indices.metadata {
                    self.metadata(&field.value, field.span);
                }
                if let Fields::Known(_) = self.env.fields {
                    self.scope.close();
                    self.unseen = true;
                }
            }
            SourceKind::TimeSeries(_) => drop(self.unsupported::<()>("TS")),
            SourceKind::ShowInfo => drop(self.unsupported::<()>("SHOW INFO")),
            SourceKind::Row(columns) => {
                self.eval(columns);
                self.step(source.to_string(), source.span);
            }
            SourceKind::Invalid => {}
        }
    }

    fn metadata(&mut self, name: &str, span: Span) {
        let (origin, kind) = match name {
            "_id" => (Origin::Id, Type::Keyword),
            "_index" => (Origin::Index, Type::Keyword),
            "_version" => (Origin::Version, Type::Long),
            "_source" => (Origin::Source, Type::Source),
            "_ignored" => (Origin::Ignored, Type::Keyword),
            "_score" => (Origin::Score, Type::Double),
            "_index_mode" | "_tier" | "_size" | "_tsid" => {
                self.unsupported::<()>("METADATA");
                return;
            }
            _ => {
                let help = closest(name, METADATA).map_or_else(
                    || format!("write some of {}", METADATA.map(|name| format!("`{name}`")).join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                self.error::<()>(Code::UnknownColumn, span, format!("`{}` is not a metadata field", short(name)), help);
                return;
            }
        };
        let slot = self.read(name, origin, kind);
        let column = Column { slot, kind, guess: None, field: None, order: 0, failed: false };
        self.scope.add(name.to_owned(), column);
    }

    /// What is read of an event becomes a column; the same is read once.
    pub(super) fn read(&mut self, name: &str, origin: Origin, kind: Type) -> u32 {
        if let Origin::Selection(_) = origin
            && let Some((slot, _)) = self.sources.iter().take(100).find(|(_, source)| source.origin == origin)
        {
            return *slot;
        }
        let slot = self.slots.reserve();
        self.sources.push((slot, SourceColumn { name: name.into(), origin, kind }));
        slot
    }

    /// A field of the event as a column, if it can be one.
    fn event_field(&mut self, name: &str) -> Option<()> {
        let order = self.scope.opens(name)?;
        if self.scope.len() >= MAX_COLUMNS {
            return None;
        }
        let field = self.env.schema.field(name);
        let (kind, guess) = match self.env.schema.mapping(name) {
            Some(mapping) => (mapped(mapping)?, None),
            None => match self.types.get(name) {
                Some(kind) => (*kind, None),
                None => (Type::Keyword, Some(Arc::from(name))),
            },
        };
        let slot = self.read(name, Origin::Field(field.field), kind);
        let column = Column { slot, kind, guess, field: Some(name.into()), order, failed: false };
        self.scope.add_at(name.to_owned(), order, column);
        Some(())
    }

    /// Columns for the fields like this that a table knows, though no event has them.
    pub(super) fn unseen_fields(&mut self, pattern: &str) {
        let schema = self.env.schema;
        // a further view of a field is none that an event has, and what is in nested objects is no column
        let is_other = |name: &str| {
            let above = name.match_indices('.').filter_map(|(at, _)| name.get(..at));
            let mut kinds = above.map(|above| schema.field(above).kind);
            kinds.any(|above| !matches!(above, schema::FieldType::Unknown | schema::FieldType::Object))
        };
        let names: Vec<&str> = schema.like(pattern).into_iter().map(|(name, _)| name).collect();
        for name in names.into_iter().filter(|name| !is_other(name)) {
            let Some(kind) = schema.mapping(name).and_then(mapped) else { continue };
            if self.scope.len() >= MAX_COLUMNS {
                return;
            }
            let slot = self.read(name, Origin::Field(schema.field(name).field), kind);
            let column = Column { slot, kind, guess: None, field: Some(name.into()), order: 0, failed: false };
            self.scope.add(name.to_owned(), column);
        }
    }

    /// The column of this name: one that is there, or a field of the event.
    pub(super) fn column(&mut self, name: &str, span: Span) -> Option<Column> {
        if self.scope.get(name).is_none() {
            self.event_field(name);
        }
        if let Some(column) = self.scope.get(name) {
            return (!column.failed).then(|| column.clone());
        }
        let is_object = self.env.schema.mapping(name).is_some_and(|mapping| mapped(mapping).is_none());
        if is_object && self.scope.is_open() {
            let message = format!("`{}` has no value of its own", short(name));
            return self.error(Code::TypeConflict, span, message, "name a field within it");
        }
        self.no_column(name, span)
    }

    /// The text of a name, with what parameters stand for.
    pub(super) fn name(&mut self, name: &Name) -> Option<String> {
        if let Some(text) = name.text() {
            return Some(text);
        }
        let mut parts = Vec::new();
        for part in &name.parts {
            parts.push(match part {
                crate::elastic::esql::ast::NamePart::Name(part) => part.clone(),
                crate::elastic::esql::ast::NamePart::Parameter(parameter) => self.name_of(parameter, name.span)?,
            });
        }
        Some(parts.join("."))
    }

    /// A field or a column as a value.
    pub(super) fn field(&mut self, name: &Name) -> Option<Typed> {
        let text = self.name(name)?;
        if let Place::Groups(groups) = &self.place {
            return match groups.key(&text) {
                Some(key) => Some(Typed { span: name.span, ..key.clone() }),
                None => self.no_column(&text, name.span),
            };
        }
        if let Some(key) = self.aliases.get(&text) {
            return Some(Typed { span: name.span, ..key.clone() });
        }
        let column = self.column(&text, name.span)?;
        let mut typed = Typed::new(Expr::Column(column.slot), column.kind, name.span);
        typed.guess = column.guess;
        typed.field = column.field;
        Some(typed)
    }
}

/// The type of a column by the mapping of its field; none of objects.
fn mapped(mapping: &str) -> Option<Type> {
    Some(match mapping {
        "keyword" | "constant_keyword" | "wildcard" | "flattened" => Type::Keyword,
        "text" | "match_only_text" => Type::Text,
        "integer" | "short" | "byte" => Type::Integer,
        "long" => Type::Long,
        "unsigned_long" => Type::UnsignedLong,
        "double" | "float" | "half_float" | "scaled_float" => Type::Double,
        "boolean" => Type::Boolean,
        "date" => Type::Date,
        "date_nanos" => Type::DateNanos,
        "ip" => Type::Ip,
        "version" => Type::Version,
        "geo_point" => Type::GeoPoint,
        _ => return None,
    })
}

/// The kind of field that a test of the event looks at.
pub(super) fn is_analysed(schema: &schema::Schema, name: &str) -> bool {
    schema.field(name).kind == schema::FieldType::Text
}
