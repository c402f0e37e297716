//! The pictures, carried in the binary: drawn for this purpose, under 60 KB each.

/// A picture's bytes; all are JPEG.
pub(super) fn find(file: &str) -> Option<&'static [u8]> {
    let bytes: &[u8] = match file {
        "pier.jpg" => include_bytes!("../../../web_templates/demo/images/pier.jpg"),
        "bridge.jpg" => include_bytes!("../../../web_templates/demo/images/bridge.jpg"),
        "market.jpg" => include_bytes!("../../../web_templates/demo/images/market.jpg"),
        "lighthouse.jpg" => include_bytes!("../../../web_templates/demo/images/lighthouse.jpg"),
        "observatory.jpg" => include_bytes!("../../../web_templates/demo/images/observatory.jpg"),
        _ => return None,
    };
    Some(bytes)
}
