//! The portal's own style sheet, script and icon: small, in the repository, named by their content.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A file of ours.
pub(crate) struct OwnAsset {
    /// Address, with the digest of the content in its name.
    pub address: String,
    pub content_type: &'static str,
    pub content: &'static str,
}

fn named(name: &str, extension: &str, content_type: &'static str, content: &'static str) -> OwnAsset {
    let digest: String = Sha256::digest(content).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    OwnAsset {
        address: format!("{}portal/{name}.{digest}.{extension}", assets::MOUNT),
        content_type,
        content,
    }
}

static CSS: LazyLock<OwnAsset> =
    LazyLock::new(|| named("portal", "css", "text/css; charset=utf-8", include_str!("../static/portal.css")));
static JS: LazyLock<OwnAsset> = LazyLock::new(|| {
    named("portal", "js", "text/javascript; charset=utf-8", include_str!("../static/portal.js"))
});
static ICON: LazyLock<OwnAsset> =
    LazyLock::new(|| named("icon", "svg", "image/svg+xml", include_str!("../static/icon.svg")));

pub(crate) fn css() -> &'static OwnAsset {
    &CSS
}

pub(crate) fn js() -> &'static OwnAsset {
    &JS
}

pub(crate) fn icon() -> &'static OwnAsset {
    &ICON
}

/// The file with this whole address.
pub(crate) fn find(address: &str) -> Option<&'static OwnAsset> {
    [css(), js(), icon()].into_iter().find(|asset| asset.address == address)
}
