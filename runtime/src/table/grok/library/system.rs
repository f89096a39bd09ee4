//! Systems and what watches them: syslog, cron, PAM, Nagios.

use super::Entries;
use super::Form::{Columns as C, Expression as E};

pub(super) const ENTRIES: Entries = &[
    ("SYSLOGTIMESTAMP", E("%{MONTH} +%{MONTHDAY} %{TIME}")),
    ("PROG", E(r"[!-Z\\^-~]+")),
    ("SYSLOGPROG", E(r"%{PROG:process.name}(?:\[%{POSINT:process.pid:int}\])?")),
    ("SYSLOGHOST", E("%{IPORHOST}")),
    ("SYSLOGFACILITY", E("<%{NONNEGINT:log.syslog.facility.code:int}.%{NONNEGINT:log.syslog.priority:int}>")),
    ("SYSLOGBASE", E("%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:host.hostname} %{SYSLOGPROG}:")),
    (
        "SYSLOGBASE2",
        E(concat!(
            "(?:%{SYSLOGTIMESTAMP:timestamp}|%{TIMESTAMP_ISO8601:timestamp})(?: %{SYSLOGFACILITY})?",
            "(?: %{SYSLOGHOST:host.hostname})?(?: %{SYSLOGPROG}:)?"
        )),
    ),
    ("SYSLOGLINE", E("%{SYSLOGBASE2} %{GREEDYDATA:message}")),
    (
        "SYSLOGPAMSESSION",
        E(concat!(
            r"%{SYSLOGBASE} (?=%{GREEDYDATA:message})%{WORD:system.auth.pam.module}\(%{DATA:system.auth.pam.origin}\): ",
            "session %{WORD:system.auth.pam.session_state} for user %{USERNAME:user.name}(?: by %{GREEDYDATA})?"
        )),
    ),
    ("CRON_ACTION", E("[A-Z ]+")),
    ("CRONLOG", E(r"%{SYSLOGBASE} \(%{USER:user.name}\) %{CRON_ACTION:system.cron.action} \(%{DATA:message}\)")),
    // RFC 5424
    ("SYSLOG5424PRINTASCII", E("[!-~]+")),
    ("SYSLOG5424PRI", E("<%{NONNEGINT:log.syslog.priority:int}>")),
    ("SYSLOG5424SD", E(r"\[%{DATA}\]+")),
    (
        "SYSLOG5424BASE",
        C(
            " +",
            &[
                "(?:%{SYSLOG5424PRI}%{NONNEGINT:system.syslog.version})",
                "?TIMESTAMP_ISO8601:timestamp",
                "?IPORHOST:host.hostname",
                "?SYSLOG5424PRINTASCII:process.name",
                "?POSINT:process.pid:int",
                "?SYSLOG5424PRINTASCII:event.code",
                "(?:%?{SYSLOG5424SD:system.syslog.structured_data})?",
            ],
        ),
    ),
    ("SYSLOG5424LINE", E("%{SYSLOG5424BASE} +%{GREEDYDATA:message}")),
    // Nagios: the rest is built below
    ("NAGIOSTIME", E(r"\[%{NUMBER:timestamp}\]")),
    ("NAGIOS_WARNING", E("Warning:%{SPACE}%{GREEDYDATA:message}")),
    ("NAGIOS_TYPE_EXTERNAL_COMMAND", E("EXTERNAL COMMAND")),
];

/// What a line of Nagios has behind its type, with `;` between them.
const NAGIOS_LINES: &[(&str, &str)] = &[
    ("CURRENT_SERVICE_STATE", "host service state state_type attempt message"),
    ("CURRENT_HOST_STATE", "host state state_type attempt message"),
    ("SERVICE_NOTIFICATION", "user host service state notification message"),
    ("HOST_NOTIFICATION", "user host state notification message"),
    ("SERVICE_ALERT", "host service state state_type attempt message"),
    ("HOST_ALERT", "host state state_type attempt message"),
    ("SERVICE_FLAPPING_ALERT", "host service state message"),
    ("HOST_FLAPPING_ALERT", "host state message"),
    ("SERVICE_DOWNTIME_ALERT", "host service state comment.."),
    ("HOST_DOWNTIME_ALERT", "host state comment.."),
    ("PASSIVE_SERVICE_CHECK", "host service state comment.."),
    ("PASSIVE_HOST_CHECK", "host state comment.."),
    ("SERVICE_EVENT_HANDLER", "host service state state_type handler"),
    ("HOST_EVENT_HANDLER", "host state state_type handler"),
    ("TIMEPERIOD_TRANSITION", "service period_from period_to"),
];

/// What a command for Nagios has behind its name; without columns, no line is known.
const NAGIOS_COMMANDS: &[(&str, &str)] = &[
    ("DISABLE_SVC_CHECK", "host service"),
    ("ENABLE_SVC_CHECK", "host service"),
    ("DISABLE_HOST_CHECK", "host"),
    ("ENABLE_HOST_CHECK", "host"),
    ("PROCESS_HOST_CHECK_RESULT", "host state result"),
    ("PROCESS_SERVICE_CHECK_RESULT", "host service state result"),
    ("SCHEDULE_SERVICE_DOWNTIME", ""),
    ("SCHEDULE_HOST_DOWNTIME", "host start end fixed trigger duration user comment"),
    ("DISABLE_HOST_SVC_NOTIFICATIONS", "host.."),
    ("ENABLE_HOST_SVC_NOTIFICATIONS", "host.."),
    ("DISABLE_HOST_NOTIFICATIONS", "host.."),
    ("ENABLE_HOST_NOTIFICATIONS", "host.."),
    ("DISABLE_SVC_NOTIFICATIONS", "host service.."),
    ("ENABLE_SVC_NOTIFICATIONS", "host service.."),
];

/// The pattern of a column of Nagios; `..` takes all that is left.
fn nagios_column(column: &str) -> &'static str {
    match column {
        "host" => "%{DATA:host.hostname}",
        "host.." => "%{GREEDYDATA:host.hostname}",
        "service" => "%{DATA:service.name}",
        "service.." => "%{GREEDYDATA:service.name}",
        "state" => "%{DATA:service.state}",
        "user" => "%{DATA:user.name}",
        "state_type" => "%{DATA:nagios.log.state_type}",
        "attempt" => "%{INT:nagios.log.attempt:int}",
        "notification" => "%{DATA:nagios.log.notification_command}",
        "handler" => "%{DATA:nagios.log.event_handler_name}",
        "comment" => "%{DATA:nagios.log.comment}",
        "comment.." => "%{GREEDYDATA:nagios.log.comment}",
        "result" => "%{GREEDYDATA:nagios.log.check_result}",
        "period_from" => "%{NUMBER:nagios.log.period_from:int}",
        "period_to" => "%{NUMBER:nagios.log.period_to:int}",
        "start" => "%{NUMBER:nagios.log.start_time}",
        "end" => "%{NUMBER:nagios.log.end_time}",
        "fixed" => "%{NUMBER:nagios.log.fixed}",
        "trigger" => "%{NUMBER:nagios.log.trigger_id}",
        "duration" => "%{NUMBER:nagios.log.duration:int}",
        _ => "%{GREEDYDATA:message}",
    }
}

/// The patterns of Nagios that are built from the tables.
pub(super) fn nagios() -> Vec<(String, String)> {
    let joined = |columns: &str| columns.split(' ').map(nagios_column).collect::<Vec<_>>().join(";");
    let mut patterns = Vec::new();
    let mut lines = vec!["%{NAGIOS_WARNING}".to_owned()];
    for (name, columns) in NAGIOS_LINES {
        patterns.push((format!("NAGIOS_TYPE_{name}"), name.replace('_', " ")));
        patterns
            .push((format!("NAGIOS_{name}"), format!("%{{NAGIOS_TYPE_{name}:nagios.log.type}}: {}", joined(columns))));
        lines.push(format!("%{{NAGIOS_{name}}}"));
    }
    for (name, columns) in NAGIOS_COMMANDS {
        patterns.push((format!("NAGIOS_EC_{name}"), (*name).to_owned()));
        if columns.is_empty() {
            continue;
        }
        let command =
            format!("%{{NAGIOS_TYPE_EXTERNAL_COMMAND:nagios.log.type}}: %{{NAGIOS_EC_{name}:nagios.log.command}}");
        patterns.push((format!("NAGIOS_EC_LINE_{name}"), format!("{command};{}", joined(columns))));
        lines.push(format!("%{{NAGIOS_EC_LINE_{name}}}"));
    }
    patterns.push(("NAGIOSLOGLINE".to_owned(), format!("%{{NAGIOSTIME}} (?:{})", lines.join("|"))));
    patterns
}
