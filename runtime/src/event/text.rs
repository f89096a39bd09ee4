//! stub
use crate::fold;
pub(crate) fn unescape_into(raw: &[u8], out: &mut Vec<u8>) { out.extend_from_slice(raw); }
pub(crate) fn fold_json_into(raw: &[u8], _flags: u8, out: &mut Vec<u8>) { fold::fold_into(&String::from_utf8_lossy(raw), out); }
pub(crate) fn number_text_into(raw: &[u8], out: &mut Vec<u8>) { out.extend_from_slice(raw); }
