//! Message digests in hexadecimal digits (ES|QL reference, `HASH`, `MD5`, `SHA1`, `SHA256`).

use md5::Digest;

/// By the name that Java knows the algorithm by, in any case; `None` for another name.
pub(super) fn named(algorithm: &str, bytes: &[u8]) -> Option<String> {
    Some(match algorithm.to_ascii_uppercase().as_str() {
        "MD5" => md5(bytes),
        "SHA" | "SHA1" | "SHA-1" => sha1(bytes),
        "SHA-224" | "SHA224" => digest::<sha2::Sha224>(bytes),
        "SHA-256" | "SHA256" => sha256(bytes),
        "SHA-384" | "SHA384" => digest::<sha2::Sha384>(bytes),
        "SHA-512" | "SHA512" => digest::<sha2::Sha512>(bytes),
        "SHA-512/224" | "SHA512/224" => digest::<sha2::Sha512_224>(bytes),
        "SHA-512/256" | "SHA512/256" => digest::<sha2::Sha512_256>(bytes),
        "SHA3-224" => digest::<sha3::Sha3_224>(bytes),
        "SHA3-256" => digest::<sha3::Sha3_256>(bytes),
        "SHA3-384" => digest::<sha3::Sha3_384>(bytes),
        "SHA3-512" => digest::<sha3::Sha3_512>(bytes),
        _ => return None,
    })
}

/// MD5.
pub(super) fn md5(bytes: &[u8]) -> String {
    digest::<md5::Md5>(bytes)
}

/// SHA-1.
pub(super) fn sha1(bytes: &[u8]) -> String {
    digest::<sha1::Sha1>(bytes)
}

/// SHA-256.
pub(super) fn sha256(bytes: &[u8]) -> String {
    digest::<sha2::Sha256>(bytes)
}

fn digest<D: Digest>(bytes: &[u8]) -> String {
    D::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
