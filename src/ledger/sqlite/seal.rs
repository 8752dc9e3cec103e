//! The seal: when the ledger is closed, a digest of every byte of the file is stored in the file
//! itself, so that a change in space that holds no event (headers, indexes, free space) is found
//! too.
//!
//! The pages are spread over 64 stripes, so that a broken seal says where. Left out of the
//! digests are the bytes that the seal's own transaction writes: the stripes themselves, and in
//! the file's header (<https://www.sqlite.org/fileformat2.html#the_database_header>) the two
//! format versions (18, 19), which WAL mode changes, the change counter (24) with its copy (92)
//! and the number of the library (96). Each of those has its own check: the versions are alike,
//! counter and copy are alike, the number stands in the seal's row.

use sha2::{Digest as _, Sha256};
use sqlx::{Row, SqliteConnection};

use crate::ledger::{Damage, SealState};

const STRIPES: usize = 64;
const DIGEST: usize = 32;
const LENGTH: usize = STRIPES * DIGEST;

/// Larger files are not sealed: the digest is made in memory.
const LARGEST: i64 = 256 << 20;

/// Takes the seal away. It stands in every append.
pub(super) const BREAK: &str =
    "UPDATE seal SET stripes = zeroblob(2048) WHERE stripes <> zeroblob(2048)";

/// The header's bytes that have a check of their own.
const APART: [std::ops::Range<usize>; 4] = [18..20, 24..28, 92..96, 96..100];

/// What is known about the file before its bytes are read.
struct Layout {
    page_size: usize,
    /// The number of the seal's own page, from 1.
    page: usize,
    size: i64,
    /// The number of this library.
    library: i64,
}

/// Writes the seal. The caller has begun a transaction, and commits it.
pub(super) async fn write(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    const CLEAR: &str = "UPDATE seal SET writer = ?, stripes = zeroblob(2048)";
    let layout = layout(connection).await?;
    if layout.size > LARGEST {
        return Ok(());
    }
    sqlx::query(CLEAR)
        .bind(layout.library)
        .execute(&mut *connection)
        .await?;
    let image = connection.serialize(None).await?;
    let stripes = digests(&image, &layout).concat();
    sqlx::query("UPDATE seal SET stripes = ?")
        .bind(stripes)
        .execute(connection)
        .await?;
    Ok(())
}

/// Compares the file with its seal. The caller has begun a transaction, so that nothing moves.
pub(super) async fn verify(
    connection: &mut SqliteConnection,
) -> Result<(SealState, Vec<Damage>), sqlx::Error> {
    let layout = layout(connection).await?;
    if layout.size > LARGEST {
        return Ok((SealState::Open, Vec::new()));
    }
    let row = sqlx::query("SELECT writer, stripes FROM seal")
        .fetch_one(&mut *connection)
        .await?;
    let (writer, stripes): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
    let image = connection.serialize(None).await?;
    let mut damages = header_damages(&image);
    if stripes.len() == LENGTH && stripes.iter().all(|byte| *byte == 0) {
        let state = if damages.is_empty() {
            SealState::Open
        } else {
            SealState::Broken
        };
        return Ok((state, damages));
    }
    let number = image.get(96..100).map_or(0, big_endian);
    if number != writer && number != layout.library {
        damages.push(Damage::Bytes {
            first: 96,
            last: 99,
        });
    }
    damages.extend(stripe_damages(&image, &layout, &stripes));
    let state = if damages.is_empty() {
        SealState::Intact
    } else {
        SealState::Broken
    };
    Ok((state, damages))
}

async fn layout(connection: &mut SqliteConnection) -> Result<Layout, sqlx::Error> {
    const SQL: &str = "SELECT page_size, page_count * page_size, sqlite_version(),
            (SELECT rootpage FROM sqlite_schema WHERE name = 'seal')
        FROM pragma_page_size, pragma_page_count";
    let row = sqlx::query(SQL).fetch_one(connection).await?;
    let number = |column: usize| {
        row.try_get::<i64, _>(column)
            .map(|n| usize::try_from(n).unwrap_or_default())
    };
    let version: String = row.try_get(2)?;
    Ok(Layout {
        page_size: number(0)?.max(512),
        page: number(3)?,
        size: row.try_get(1)?,
        library: library_number(&version),
    })
}

/// `3.53.0` → 3053000, as it stands in the header.
fn library_number(version: &str) -> i64 {
    let parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let parts: Vec<i64> = parts.chain([0, 0, 0]).take(3).collect();
    parts[0] * 1_000_000 + parts[1] * 1_000 + parts[2]
}

/// The bytes of the file that each stripe covers.
fn stripe_range(stripe: usize, image: usize, page_size: usize) -> std::ops::Range<usize> {
    let pages = image.div_ceil(page_size);
    let length = pages.div_ceil(STRIPES) * page_size;
    (stripe * length).min(image)..((stripe + 1) * length).min(image)
}

fn digests(image: &[u8], layout: &Layout) -> Vec<[u8; DIGEST]> {
    let digest = |stripe| {
        let mut hasher = Sha256::new();
        let range = stripe_range(stripe, image.len(), layout.page_size);
        let first = range.start / layout.page_size;
        for (index, page) in image[range].chunks(layout.page_size).enumerate() {
            hash_page(&mut hasher, first + index + 1, page, layout);
        }
        hasher.finalize().into()
    };
    (0..STRIPES).map(digest).collect()
}

fn hash_page(hasher: &mut Sha256, number: usize, page: &[u8], layout: &Layout) {
    let mut copy;
    let mut page = page;
    if number == 1 && page.len() >= 100 {
        copy = page.to_vec();
        for range in APART {
            copy[range].fill(0);
        }
        page = &copy;
    }
    if number == layout.page && page.len() >= LENGTH {
        copy = page.to_vec();
        let end = copy.len();
        copy[end - LENGTH..].fill(0);
        page = &copy;
    }
    hasher.update(page);
}

fn stripe_damages(image: &[u8], layout: &Layout, stripes: &[u8]) -> Vec<Damage> {
    let mut damages = Vec::new();
    let bytes = |range: std::ops::Range<usize>| Damage::Bytes {
        first: range.start as u64,
        last: (range.end.max(1) - 1) as u64,
    };
    // The stripes are the last bytes of the one row of their page, which is the page's end.
    let end = layout.page * layout.page_size;
    let own = end
        .checked_sub(LENGTH)
        .and_then(|start| image.get(start..end));
    if own != Some(stripes) {
        damages.push(bytes(end.saturating_sub(layout.page_size)..end));
    }
    let computed = digests(image, layout);
    for (stripe, (computed, stored)) in computed.iter().zip(stripes.chunks(DIGEST)).enumerate() {
        if computed != stored {
            damages.push(bytes(stripe_range(stripe, image.len(), layout.page_size)));
        }
    }
    damages
}

/// The fields that must be like one another.
fn header_damages(image: &[u8]) -> Vec<Damage> {
    let mut damages = Vec::new();
    if image.get(18) != image.get(19) {
        damages.push(Damage::Bytes {
            first: 18,
            last: 19,
        });
    }
    if image.get(24..28) != image.get(92..96) {
        damages.push(Damage::Bytes {
            first: 24,
            last: 27,
        });
    }
    damages
}

fn big_endian(bytes: &[u8]) -> i64 {
    bytes
        .iter()
        .fold(0, |number, byte| (number << 8) | i64::from(*byte))
}
