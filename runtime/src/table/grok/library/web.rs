//! Servers and clouds of the web: Apache httpd, `HAProxy`, Squid, Amazon's S3, ELB and `CloudFront`.

use super::Entries;
use super::Form::{Columns as C, Expression as E};

pub(super) const ENTRIES: Entries = &[
    // Apache httpd
    ("HTTPDUSER", E("%{EMAILADDRESS}|%{USER}")),
    ("HTTPDERROR_DATE", E("%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{YEAR}")),
    (
        "HTTPD_COMMONLOG",
        C(
            " ",
            &[
                "IPORHOST:source.address",
                "?HTTPDUSER:apache.access.user.identity",
                "?HTTPDUSER:user.name",
                r"(?:\[%{HTTPDATE:timestamp}\])",
                r#"(?:"(?:%{WORD:http.request.method} %{NOTSPACE:url.original}(?: HTTP/%{NUMBER:http.version})?|%{DATA})")"#,
                "?INT:http.response.status_code:int",
                "?INT:http.response.body.bytes:int",
            ],
        ),
    ),
    ("HTTPD_COMBINEDLOG", E(r#"%{HTTPD_COMMONLOG} "%?{DATA:http.request.referrer}" "%?{DATA:user_agent.original}""#)),
    ("COMMONAPACHELOG", E("%{HTTPD_COMMONLOG}")),
    ("COMBINEDAPACHELOG", E("%{HTTPD_COMBINEDLOG}")),
    (
        "HTTPD20_ERRORLOG",
        C(
            " ",
            &[
                r"(?:\[%{HTTPDERROR_DATE:timestamp}\])",
                r"(?:\[%{LOGLEVEL:log.level}\])",
                r"(?:\[client %{IPORHOST:source.address}\] )?%{GREEDYDATA:message}",
            ],
        ),
    ),
    (
        "HTTPD24_ERRORLOG",
        E(concat!(
            r"\[%{HTTPDERROR_DATE:timestamp}\] \[(?:%{WORD:apache.error.module})?:%{LOGLEVEL:log.level}\] ",
            r"\[pid %{POSINT:process.pid:int}(?::tid %{INT:process.thread.id:int})?\]",
            r"(?: \(%{POSINT:apache.error.proxy.error.code}\)%{DATA:apache.error.proxy.error.message}:)?",
            r"(?: \[client %{IPORHOST:source.address}(?::%{POSINT:source.port:int})?\])?(?: %{DATA:error.code}:)? %{GREEDYDATA:message}"
        )),
    ),
    ("HTTPD_ERRORLOG", E("%{HTTPD20_ERRORLOG}|%{HTTPD24_ERRORLOG}")),
    // HAProxy
    ("HAPROXYTIME", E("%{HOUR}:%{MINUTE}:%{SECOND}(?![0-9])")),
    ("HAPROXYDATE", E("%{MONTHDAY}/%{MONTH}/%{YEAR}:%{HAPROXYTIME}.%{INT}")),
    ("HAPROXYCAPTUREDREQUESTHEADERS", E("%{DATA:haproxy.http.request.captured_headers}")),
    ("HAPROXYCAPTUREDRESPONSEHEADERS", E("%{DATA:haproxy.http.response.captured_headers}")),
    (
        "HAPROXYURI",
        E(concat!(
            "(?:%{URIPROTO:url.scheme}://)?(?:%{USER:url.username}(?::[^@]*)?@)?",
            r"(?:%{IPORHOST:url.domain}(?::%{POSINT:url.port:int})?)?(?:%{URIPATH:url.path}(?:\?%{URIQUERY:url.query})?)?"
        )),
    ),
    (
        "HAPROXYHTTPREQUESTLINE",
        E("(?:<BADREQ>|%{WORD:http.request.method} %{HAPROXYURI:url.original}(?: HTTP/%{NUMBER:http.version})?)"),
    ),
    (
        "HAPROXYHTTPBASE",
        C(
            " ",
            &[
                "(?:%{IP:source.address}:%{INT:source.port:int})",
                r"(?:\[%{HAPROXYDATE:haproxy.request_date}\])",
                "NOTSPACE:haproxy.frontend_name",
                "(?:%{NOTSPACE:haproxy.backend_name}/(?:<NOSRV>|%{NOTSPACE:haproxy.server_name}))",
                concat!(
                    "(?:(?:-1|%{INT:haproxy.http.request.time_wait_ms:int})/(?:-1|%{INT:haproxy.total_waiting_time_ms:int})",
                    "/(?:-1|%{INT:haproxy.connection_wait_time_ms:int})/(?:-1|%{INT:haproxy.http.request.time_wait_without_data_ms:int})",
                    "/%{NOTSPACE:haproxy.total_time_ms})"
                ),
                "INT:http.response.status_code:int",
                "INT:source.bytes:int",
                "?DATA:haproxy.http.request.captured_cookie",
                "?DATA:haproxy.http.response.captured_cookie",
                "NOTSPACE:haproxy.termination_state",
                "haproxy_connections",
                concat!(
                    "(?:%{haproxy_queues})",
                    r"(?: \{%{HAPROXYCAPTUREDREQUESTHEADERS}\}(?: \{%{HAPROXYCAPTUREDRESPONSEHEADERS}\})?)?",
                    r#"(?: "%{HAPROXYHTTPREQUESTLINE}"?)?"#
                ),
            ],
        ),
    ),
    (
        "haproxy_connections",
        C(
            "/",
            &[
                "INT:haproxy.connections.active:int",
                "INT:haproxy.connections.frontend:int",
                "INT:haproxy.connections.backend:int",
                "INT:haproxy.connections.server:int",
                "INT:haproxy.connections.retries:int",
            ],
        ),
    ),
    ("haproxy_queues", C("/", &["INT:haproxy.server_queue:int", "INT:haproxy.backend_queue:int"])),
    (
        "haproxy_header",
        E("(?:%{SYSLOGTIMESTAMP:timestamp}|%{TIMESTAMP_ISO8601:timestamp}) %{IPORHOST:host.hostname} %{SYSLOGPROG}:"),
    ),
    ("HAPROXYHTTP", E("%{haproxy_header} %{HAPROXYHTTPBASE}")),
    (
        "HAPROXYTCP",
        C(
            " ",
            &[
                "haproxy_header",
                "(?:%{IP:source.address}:%{INT:source.port:int})",
                r"(?:\[%{HAPROXYDATE:haproxy.request_date}\])",
                "NOTSPACE:haproxy.frontend_name",
                "(?:%{NOTSPACE:haproxy.backend_name}/(?:<NOSRV>|%{NOTSPACE:haproxy.server_name}))",
                concat!(
                    "(?:(?:-1|%{INT:haproxy.total_waiting_time_ms:int})/(?:-1|%{INT:haproxy.connection_wait_time_ms:int})",
                    "/%{NOTSPACE:haproxy.total_time_ms})"
                ),
                "INT:source.bytes:int",
                "NOTSPACE:haproxy.termination_state",
                "haproxy_connections",
                "haproxy_queues",
            ],
        ),
    ),
    // Squid
    ("SQUID3_STATUS", E("(?:%{POSINT:http.response.status_code:int}|0|000)")),
    (
        "SQUID3",
        C(
            r"\s",
            &[
                r"(?:%{NUMBER:timestamp}\s+%{NUMBER:squid.request.duration:int})",
                "IP:source.ip",
                "(?:%{WORD:event.action}/%{SQUID3_STATUS})",
                "INT:http.response.bytes:long",
                "WORD:http.request.method",
                "NOTSPACE:url.original",
                "?NOTSPACE:user.name",
                "(?:%{WORD:squid.hierarchy_code}/%?{IPORHOST:destination.address})",
                "?NOTSPACE:http.response.mime_type",
            ],
        ),
    ),
    // Amazon S3
    ("S3_REQUEST_LINE", E("%{WORD:http.request.method} %{NOTSPACE:url.original}(?: HTTP/%{NUMBER:http.version})?")),
    (
        "S3_ACCESS_LOG",
        C(
            " ",
            &[
                "WORD:aws.s3access.bucket_owner",
                "NOTSPACE:aws.s3access.bucket",
                r"(?:\[%{HTTPDATE:timestamp}\])",
                "?IP:client.ip",
                "?NOTSPACE:client.user.id",
                "NOTSPACE:aws.s3access.request_id",
                "NOTSPACE:aws.s3access.operation",
                "?NOTSPACE:aws.s3access.key",
                r#"(?:-|"%{S3_REQUEST_LINE:aws.s3access.request_uri}")"#,
                "?INT:http.response.status_code:int",
                "?NOTSPACE:aws.s3access.error_code",
                "?INT:aws.s3access.bytes_sent:int",
                "?INT:aws.s3access.object_size:int",
                "?INT:aws.s3access.total_time:int",
                "?INT:aws.s3access.turn_around_time:int",
                r#"(?:"%?{DATA:http.request.referrer}")"#,
                r#"(?:"%?{DATA:user_agent.original}")"#,
                "(?:%?{NOTSPACE:aws.s3access.version_id})(?: %{s3_access_log_rest})?",
            ],
        ),
    ),
    (
        "s3_access_log_rest",
        C(
            " ",
            &[
                "?NOTSPACE:aws.s3access.host_id",
                "?NOTSPACE:aws.s3access.signature_version",
                "?NOTSPACE:tls.cipher",
                "?NOTSPACE:aws.s3access.authentication_type",
                "?NOTSPACE:aws.s3access.host_header",
                "?NOTSPACE:aws.s3access.tls_version",
            ],
        ),
    ),
    // Amazon ELB
    ("ELB_URIHOST", E("%{IPORHOST:url.domain}(?::%{POSINT:url.port:int})?")),
    ("ELB_URIPATHQUERY", E(r"%{URIPATH:url.path}(?:\?%{URIQUERY:url.query})?")),
    ("ELB_URIPATHPARAM", E("%{ELB_URIPATHQUERY}")),
    (
        "ELB_URI",
        E("%{URIPROTO:url.scheme}://(?:%{USER:url.username}(?::[^@]*)?@)?(?:%{ELB_URIHOST})?(?:%{ELB_URIPATHQUERY})?"),
    ),
    ("ELB_REQUEST_LINE", E("%{WORD:http.request.method} %{ELB_URI:url.original}(?: HTTP/%{NUMBER:http.version})?")),
    (
        "ELB_V1_HTTP_LOG",
        C(
            " ",
            &[
                "TIMESTAMP_ISO8601:timestamp",
                "NOTSPACE:aws.elb.name",
                "(?:%{IP:source.ip}:%{INT:source.port:int})",
                "(?:-|%{IP:aws.elb.backend.ip}:%{INT:aws.elb.backend.port:int})",
                "(?:-1|%{NUMBER:aws.elb.request_processing_time.sec:float})",
                "(?:-1|%{NUMBER:aws.elb.backend_processing_time.sec:float})",
                "(?:-1|%{NUMBER:aws.elb.response_processing_time.sec:float})",
                "INT:http.response.status_code:int",
                "?INT:aws.elb.backend.http.response.status_code:int",
                "INT:http.request.body.bytes:int",
                "INT:http.response.body.bytes:int",
                concat!(
                    r#"(?:"%{ELB_REQUEST_LINE}")"#,
                    r#"(?: "%?{DATA:user_agent.original}" %?{NOTSPACE:tls.cipher} %?{NOTSPACE:aws.elb.ssl_protocol})?"#
                ),
            ],
        ),
    ),
    ("ELB_ACCESS_LOG", E("%{ELB_V1_HTTP_LOG}")),
    // Amazon CloudFront
    (
        "CLOUDFRONT_ACCESS_LOG",
        C(
            r"\t",
            &[
                r"(?<timestamp>%{YEAR}-%{MONTHNUM}-%{MONTHDAY}\t%{TIME})",
                "WORD:aws.cloudfront.x_edge_location",
                "?INT:destination.bytes:int",
                "IPORHOST:source.ip",
                "WORD:http.request.method",
                "HOSTNAME:url.domain",
                "NOTSPACE:url.path",
                "(?:000|%{INT:http.response.status_code:int})",
                "?DATA:http.request.referrer",
                "DATA:user_agent.original",
                "?DATA:url.query",
                "?DATA:aws.cloudfront.http.request.cookie",
                "WORD:aws.cloudfront.x_edge_result_type",
                "NOTSPACE:aws.cloudfront.x_edge_request_id",
                "HOSTNAME:aws.cloudfront.http.request.host",
                "URIPROTO:network.protocol",
                "?INT:source.bytes:int",
                "NUMBER:aws.cloudfront.time_taken:float",
                "?IP:network.forwarded_ip",
                "?DATA:aws.cloudfront.ssl_protocol",
                "?NOTSPACE:tls.cipher",
                r"(?:%{WORD:aws.cloudfront.x_edge_response_result_type})(?:\t%{cloudfront_access_log_rest})?",
            ],
        ),
    ),
    (
        "cloudfront_access_log_rest",
        C(
            r"\t",
            &[
                "(?:-|HTTP/%{NUMBER:http.version})",
                "?DATA:aws.cloudfront.fle_status",
                "?DATA:aws.cloudfront.fle_encrypted_fields",
                "INT:source.port:int",
                "NUMBER:aws.cloudfront.time_to_first_byte:float",
                "?DATA:aws.cloudfront.x_edge_detailed_result_type",
                "?NOTSPACE:http.request.mime_type",
                "?INT:aws.cloudfront.http.request.size:int",
                "?INT:aws.cloudfront.http.request.range.start:int",
                "?INT:aws.cloudfront.http.request.range.end:int",
            ],
        ),
    ),
];
