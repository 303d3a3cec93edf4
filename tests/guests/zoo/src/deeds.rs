//! What a guest can do to its host while it runs.

use std::hint::black_box;

/// Does what the word says; a word that is none of these is left to the caller.
pub fn commit(deed: &str) {
    match deed {
        "trap" => panic!("asked to"),
        "loop" => loop {
            black_box(());
        },
        "memory" => hog(),
        "stack" => {
            black_box(dig(black_box(1)));
        }
        "slow" => labour(100_000_000),
        _ => {}
    }
}

/// Asks for memory until there is none.
fn hog() {
    let mut all = Vec::new();
    loop {
        all.push(black_box(vec![1_u8; 1 << 20]));
    }
}

/// Calls itself for ever, in small frames that hold no memory of the guest's own.
#[inline(never)]
#[expect(unconditional_recursion, reason = "that is the deed")]
fn dig(depth: u64) -> u64 {
    black_box(dig(black_box(depth + 1)) + depth)
}

/// Computes for a tenth of a second or more.
fn labour(rounds: u64) {
    let mut sum = 0_u64;
    for round in 0..rounds {
        sum = black_box(sum.wrapping_mul(31).wrapping_add(round));
    }
}
