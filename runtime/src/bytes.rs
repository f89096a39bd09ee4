//! Values as bytes and back: what snapshots are made of.
//!
//! A [`Reader`] takes any bytes: it never panics, and reserves no more memory than what is left to read accounts for.

use std::net::Ipv6Addr;

use crate::table::value::{Type, Value};

/// Bytes that do not hold what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a snapshot is cut off or damaged")]
pub struct ReadError(());

impl ReadError {
    /// What was read makes no sense.
    pub(crate) const fn damaged() -> Self {
        Self(())
    }
}

/// Makes bytes. Numbers are little-endian.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// Writes behind what `out` holds already.
    pub fn behind(out: Vec<u8>) -> Self {
        Self { out }
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Forgets what was written; its memory is used again.
    pub fn clear(&mut self) {
        self.out.clear();
    }

    /// How many bytes were written.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    /// Four bytes.
    pub fn u32(&mut self, value: u32) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// Eight bytes.
    pub fn u64(&mut self, value: u64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// Eight bytes, signed.
    pub fn i64(&mut self, value: i64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// Seven bits a byte, the lowest first: small numbers are short.
    pub fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            #[expect(clippy::cast_possible_truncation, reason = "the lowest seven bits")]
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        #[expect(clippy::cast_possible_truncation, reason = "below 128")]
        self.out.push(value as u8);
    }

    /// A length or a count.
    pub fn size(&mut self, value: usize) {
        self.varint(value as u64);
    }

    /// These bytes, without their length.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// The length, and the bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.size(bytes.len());
        self.raw(bytes);
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// The count, and the numbers.
    pub fn u32s(&mut self, values: &[u32]) {
        self.size(values.len());
        let start = self.out.len();
        self.out.resize(start + values.len() * 4, 0);
        let places = self.out.get_mut(start..).unwrap_or_default().as_chunks_mut::<4>().0;
        for (place, value) in places.iter_mut().zip(values) {
            *place = value.to_le_bytes();
        }
    }

    /// The count, and the numbers.
    pub fn u64s(&mut self, values: &[u64]) {
        self.size(values.len());
        let start = self.out.len();
        self.out.resize(start + values.len() * 8, 0);
        let places = self.out.get_mut(start..).unwrap_or_default().as_chunks_mut::<8>().0;
        for (place, value) in places.iter_mut().zip(values) {
            *place = value.to_le_bytes();
        }
    }

    /// A type.
    pub fn kind(&mut self, kind: Type) {
        self.u8(kind_tag(kind));
    }

    /// A value. The same value gives the same bytes.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.u8(0),
            Value::Bool(false) => self.u8(1),
            Value::Bool(true) => self.u8(2),
            Value::Int(value) => {
                self.u8(3);
                self.raw(&value.to_le_bytes());
            }
            Value::Long(value) => {
                self.u8(4);
                self.i64(*value);
            }
            Value::Unsigned(value) => {
                self.u8(5);
                self.u64(*value);
            }
            Value::Double(value) => {
                self.u8(6);
                self.u64(value.to_bits());
            }
            Value::Text(text) => {
                self.u8(7);
                self.text(text);
            }
            Value::Ip(address) => {
                self.u8(8);
                self.raw(&address.octets());
            }
            Value::Version(text) => {
                self.u8(9);
                self.text(text);
            }
            Value::Date(at) => {
                self.u8(10);
                self.i64(*at);
            }
            Value::DateNanos(at) => {
                self.u8(11);
                self.i64(*at);
            }
            Value::Period(months, days) => {
                self.u8(12);
                self.raw(&months.to_le_bytes());
                self.raw(&days.to_le_bytes());
            }
            Value::Duration(milliseconds) => {
                self.u8(13);
                self.i64(*milliseconds);
            }
            Value::Point(x, y) => {
                self.u8(14);
                self.u64(x.to_bits());
                self.u64(y.to_bits());
            }
            Value::List(members) => {
                self.u8(15);
                self.size(members.len());
                members.iter().for_each(|member| self.value(member));
            }
        }
    }
}

/// Takes bytes apart.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    /// Reads these bytes.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// An error if bytes are left.
    pub fn end(&self) -> Result<(), ReadError> {
        if self.rest.is_empty() { Ok(()) } else { Err(ReadError::damaged()) }
    }

    /// So many bytes.
    pub fn raw(&mut self, len: usize) -> Result<&'b [u8], ReadError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(ReadError::damaged())?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(ReadError::damaged())?;
        self.rest = rest;
        Ok(*taken)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, ReadError> {
        self.array().map(|[byte]| byte)
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, ReadError> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Result<u64, ReadError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Eight bytes, signed.
    pub fn i64(&mut self) -> Result<i64, ReadError> {
        self.array().map(i64::from_le_bytes)
    }

    fn i32(&mut self) -> Result<i32, ReadError> {
        self.array().map(i32::from_le_bytes)
    }

    /// A double that is neither infinite nor NaN.
    pub fn finite(&mut self) -> Result<f64, ReadError> {
        let value = f64::from_bits(self.u64()?);
        if value.is_finite() { Ok(value) } else { Err(ReadError::damaged()) }
    }

    /// As [`Writer::varint`].
    pub fn varint(&mut self) -> Result<u64, ReadError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(ReadError::damaged());
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ReadError::damaged())
    }

    /// A count of things of which each takes `each` bytes at least: an error if fewer are left.
    pub fn count(&mut self, each: usize) -> Result<usize, ReadError> {
        let count = usize::try_from(self.varint()?).map_err(|_| ReadError::damaged())?;
        match count.checked_mul(each.max(1)) {
            Some(needed) if needed <= self.rest.len() => Ok(count),
            _ => Err(ReadError::damaged()),
        }
    }

    /// As [`Writer::bytes`].
    pub fn bytes(&mut self) -> Result<&'b [u8], ReadError> {
        let len = self.count(1)?;
        self.raw(len)
    }

    /// As [`Writer::text`].
    pub fn text(&mut self) -> Result<&'b str, ReadError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| ReadError::damaged())
    }

    /// As [`Writer::u32s`].
    pub fn u32s(&mut self) -> Result<Vec<u32>, ReadError> {
        let count = self.count(4)?;
        let bytes = self.raw(count * 4)?;
        Ok(bytes.as_chunks().0.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect())
    }

    /// As [`Writer::u64s`].
    pub fn u64s(&mut self) -> Result<Vec<u64>, ReadError> {
        let count = self.count(8)?;
        let bytes = self.raw(count * 8)?;
        Ok(bytes.as_chunks().0.iter().map(|chunk| u64::from_le_bytes(*chunk)).collect())
    }

    /// As [`Writer::kind`].
    pub fn kind(&mut self) -> Result<Type, ReadError> {
        let tag = self.u8()?;
        Type::ALL.into_iter().find(|kind| kind_tag(*kind) == tag).ok_or(ReadError::damaged())
    }

    /// As [`Writer::value`].
    pub fn value(&mut self) -> Result<Value, ReadError> {
        let tag = self.u8()?;
        if tag != 15 {
            return self.single(tag);
        }
        let count = self.count(1)?;
        if count < 2 {
            return Err(ReadError::damaged());
        }
        let mut members = Vec::new();
        for _ in 0..count {
            let tag = self.u8()?;
            if tag == 0 {
                return Err(ReadError::damaged());
            }
            members.push(self.single(tag)?);
        }
        Ok(Value::List(members.into()))
    }

    /// A value, if it is a text.
    pub fn text_value(&mut self) -> Option<&'b str> {
        (self.u8().ok()? == 7).then(|| self.text().ok()).flatten()
    }

    /// A value that is no list.
    fn single(&mut self, tag: u8) -> Result<Value, ReadError> {
        Ok(match tag {
            0 => Value::Null,
            1 => Value::Bool(false),
            2 => Value::Bool(true),
            3 => Value::Int(self.i32()?),
            4 => Value::Long(self.i64()?),
            5 => Value::Unsigned(self.u64()?),
            6 => Value::Double(self.finite()?),
            7 => Value::text(self.text()?),
            8 => Value::Ip(Ipv6Addr::from(self.array::<16>()?)),
            9 => Value::Version(self.text()?.into()),
            10 => Value::Date(self.i64()?),
            11 => Value::DateNanos(self.i64()?),
            12 => Value::Period(self.i32()?, self.i32()?),
            13 => Value::Duration(self.i64()?),
            14 => Value::Point(self.finite()?, self.finite()?),
            _ => return Err(ReadError::damaged()),
        })
    }

    /// Passes over a value without making it.
    pub fn skip_value(&mut self) -> Result<(), ReadError> {
        let tag = self.u8()?;
        if tag == 15 || tag == 6 || tag == 14 {
            return Reader { rest: self.rest }.list_or_double(tag).map(|rest| self.rest = rest);
        }
        match tag {
            0..=2 => Ok(()),
            3 => self.raw(4).map(drop),
            4 | 5 | 10..=13 => self.raw(8).map(drop),
            7 | 9 => self.text().map(drop),
            8 => self.raw(16).map(drop),
            _ => Err(ReadError::damaged()),
        }
    }

    fn list_or_double(mut self, tag: u8) -> Result<&'b [u8], ReadError> {
        match tag {
            6 => self.finite().map(drop)?,
            14 => {
                self.finite()?;
                self.finite()?;
            }
            _ => {
                let count = self.count(1)?;
                if count < 2 {
                    return Err(ReadError::damaged());
                }
                for _ in 0..count {
                    if matches!(self.rest.first(), Some(0 | 15) | None) {
                        return Err(ReadError::damaged());
                    }
                    self.skip_value()?;
                }
            }
        }
        Ok(self.rest)
    }
}

/// What stands for a type; never changes.
fn kind_tag(kind: Type) -> u8 {
    match kind {
        Type::Null => 0,
        Type::Boolean => 1,
        Type::Integer => 2,
        Type::Long => 3,
        Type::UnsignedLong => 4,
        Type::Double => 5,
        Type::Keyword => 6,
        Type::Text => 7,
        Type::Ip => 8,
        Type::Version => 9,
        Type::Date => 10,
        Type::DateNanos => 11,
        Type::DatePeriod => 12,
        Type::TimeDuration => 13,
        Type::GeoPoint => 14,
        Type::Source => 15,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn single() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i32>().prop_map(Value::Int),
            any::<i64>().prop_map(Value::Long),
            any::<u64>().prop_map(Value::Unsigned),
            any::<i32>().prop_map(|value| Value::Double(f64::from(value) / 8.0)),
            ".*".prop_map(Value::text),
            any::<u128>().prop_map(|bits| Value::Ip(bits.into())),
            "[0-9.]{0,8}".prop_map(|text| Value::Version(text.into())),
            any::<i64>().prop_map(Value::Date),
            any::<i64>().prop_map(Value::DateNanos),
            any::<(i32, i32)>().prop_map(|(months, days)| Value::Period(months, days)),
            any::<i64>().prop_map(Value::Duration),
            Just(Value::Point(1.5, -2.0)),
        ]
    }

    proptest! {
        #[test]
        fn values_come_back(values in prop::collection::vec(single(), 0..5), number: u64, numbers: Vec<u32>) {
            let value = Value::list(values);
            let mut writer = Writer::default();
            writer.value(&value);
            writer.varint(number);
            writer.u32s(&numbers);
            Type::ALL.into_iter().for_each(|kind| writer.kind(kind));
            let bytes = writer.finish();
            let mut reader = Reader::new(&bytes);
            let mut other = reader;
            prop_assert_eq!(other.skip_value(), Ok(()));
            prop_assert_eq!(reader.value(), Ok(value));
            prop_assert_eq!(reader.left(), other.left());
            prop_assert_eq!(reader.varint(), Ok(number));
            prop_assert_eq!(reader.u32s(), Ok(numbers));
            for kind in Type::ALL {
                prop_assert_eq!(reader.kind(), Ok(kind));
            }
            prop_assert_eq!(reader.end(), Ok(()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let read = Reader::new(&bytes).value();
            prop_assert_eq!(read.is_ok(), Reader::new(&bytes).skip_value().is_ok());
            let _ = Reader::new(&bytes).u64s();
            let _ = Reader::new(&bytes).varint();
        }
    }
}
