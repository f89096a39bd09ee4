//! A web shop with its own detections: rules in `rules/`, compiled by `build.rs`, matched in process.

use std::net::IpAddr;

sigil_runtime::include_pack!("webserver");
