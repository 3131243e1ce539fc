/**
 * The library encodes a certificate anew whenever it compares or verifies one: ten times and more for each bundle, which
 * is most of what a verification costs. What a certificate is encoded as does not change, so once is enough.
 *
 * @module
 */
import type { TrustMaterial } from '@sigstore/verify';

type LibraryCertificate = TrustMaterial['certificateAuthorities'][number]['certChain'][number];

export function rememberEncoding(certificate: LibraryCertificate): void {
  for (const element of [certificate.root, certificate.tbsCertificate]) {
    const der = element.toDER();
    element.toDER = () => der;
  }
}
