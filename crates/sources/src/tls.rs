//! The trust that encrypted connections rest on: the system's roots, or a file of the department's own.

use std::sync::Arc;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::faults;

/// A connector that trusts the certificates in `pem`, or the system's when there is none.
pub(crate) fn connector(pem: Option<&[u8]>) -> Result<TlsConnector> {
    let no_roots = || Fault::new(&faults::NO_ROOTS);
    let mut roots = RootCertStore::empty();
    match pem {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots.add(certificate.map_err(|_| no_roots())?).map_err(|_| no_roots())?;
            }
        }
        None => {
            // Systems carry a few roots that cannot be read; those that can are enough.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(no_roots());
    }
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| no_roots())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
