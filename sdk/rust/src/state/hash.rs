//! A hash that is the same for ever: it decides which members a full window keeps, and it is written into states.

const K: u64 = 0x9e37_79b9_7f4a_7c15;

/// 64 bits of some bytes. Not cryptographic; windows compare the text as well.
pub fn hash(bytes: &[u8]) -> u64 {
    mix(bytes, K ^ bytes.len() as u64)
}

/// Hashes more bytes into a hash.
pub fn mix(bytes: &[u8], mut h: u64) -> u64 {
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        h = step(h, u64::from_le_bytes(word));
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        h = step(h, u64::from_le_bytes(word));
    }
    finish(h)
}

fn step(h: u64, word: u64) -> u64 {
    let h = (h ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h ^ (h >> 32)
}

fn finish(h: u64) -> u64 {
    let h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ (h >> 33)
}
