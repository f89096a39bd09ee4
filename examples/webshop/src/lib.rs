//! A web shop with its own detections: rules in `rules/`, compiled by `build.rs`, matched in process.
//!
//! Events of the hosts come as JSON. The shop's own audit events are structs: they are matched as they are, without being written as JSON first.

use std::net::IpAddr;

use sigil_runtime::Alert;
use sigil_runtime::event::{Event, Sink};

// The module `webserver`, as the build script wrote it; `webserver::pack()` is what an engine links
sigil_runtime::include_pack!("webserver");

/// Something that a person did in the shop.
#[derive(Clone, Debug)]
pub struct Audit {
    /// `admin.refund`, `order.paid`, ...
    pub action: &'static str,
    /// Who did it, where somebody was logged in.
    pub user: Option<String>,
    /// From where?
    pub client: IpAddr,
    /// For orders.
    pub order: Option<Order>,
}

/// What an order costs.
#[derive(Clone, Debug)]
pub struct Order {
    /// The sum of its articles.
    pub listed: f64,
    /// What was paid.
    pub charged: f64,
    /// Why the two may differ.
    pub voucher: Option<String>,
}

impl Event for Audit {
    fn field(&self, path: &str, sink: &mut Sink<'_>) {
        match path {
            "product" => sink.text("webshop"),
            "service" => sink.text("audit"),
            "action" => sink.text(self.action),
            "client.ip" => sink.text(&self.client.to_string()),
            "user.name" => self.user.iter().for_each(|name| sink.text(name)),
            _ => {
                let Some(order) = &self.order else { return };
                match path {
                    "order.listed" => sink.float(order.listed),
                    "order.charged" => sink.float(order.charged),
                    "order.voucher" => order.voucher.iter().for_each(|code| sink.text(code)),
                    _ => {}
                }
            }
        }
    }
}

/// An alert in one line: level, title, and which selections of the rule held.
pub fn describe(alert: &Alert<'_>) -> String {
    let rule = alert.rule();
    let level = rule.level.map_or("no level", |level| level.as_str());
    let selections: Vec<&str> = alert.selections().collect();
    format!("[{level}] {} ({})", rule.title, selections.join(", "))
}
