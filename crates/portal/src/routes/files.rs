//! Style sheets, fonts, icons and scripts: from the binary, for ever, from our own host.

use axum::extract::OriginalUri;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::own_assets;
use crate::problem::Problem;

/// Names change with the content.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// `GET /assets/…`.
pub(super) async fn asset(
    OriginalUri(address): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let path = address.path();
    if let Some(own) = own_assets::find(path) {
        return Ok(served(own.content_type, own.content.as_bytes()));
    }
    let file = path.strip_prefix(assets::MOUNT).and_then(assets::find).ok_or(Problem::NotFound)?;
    let tag = HeaderValue::from_str(&format!("\"{}\"", file.hash)).map_err(|_| Problem::Internal)?;
    if headers.get_all(header::IF_NONE_MATCH).iter().any(|known| known == tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag), (header::CACHE_CONTROL, FOR_EVER)])
            .into_response());
    }
    let mut response = match file.gzip.filter(|_| accepts_gzip(&headers)) {
        Some(gzip) => {
            let mut response = served(file.content_type, gzip);
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        }
        None => served(file.content_type, file.bytes),
    };
    if file.gzip.is_some() {
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}

/// Browsers ask for it whatever the page says.
pub(super) async fn favicon() -> Redirect {
    Redirect::permanent(&own_assets::icon().address)
}

fn served(content_type: &'static str, content: &'static [u8]) -> Response {
    (
        [(header::CONTENT_TYPE, HeaderValue::from_static(content_type)), (header::CACHE_CONTROL, FOR_EVER)],
        content,
    )
        .into_response()
}

/// Whether gzip is named and not with weight zero.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
            let refused = parts.any(|weight| {
                matches!(weight.replace(' ', "").as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
            });
            named && !refused
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_accept_encoding() {
        let accepts = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, text.parse().unwrap());
            accepts_gzip(&headers)
        };
        assert!(accepts("gzip, deflate, br"));
        assert!(accepts("br;q=1.0, gzip;q=0.8"));
        assert!(accepts("*"));
        assert!(!accepts("identity"));
        assert!(!accepts("gzip;q=0, br"));
        assert!(!accepts("gzip; q=0.000"));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
