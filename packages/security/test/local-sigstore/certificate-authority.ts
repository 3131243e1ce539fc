/**
 * A root and an intermediate, which issues: the shape of Fulcio's and of a timestamp authority's chain.
 *
 * @module
 */
import { distinguishedName, forCertificates, issueCertificate, type Issuer } from './certificate.ts';
import { createP256KeyPair } from './key-pair.ts';

const YEAR_MS = 365 * 86_400_000;

export interface CertificateAuthority {
  /** Whoever issues: the intermediate. */
  readonly issuer: Issuer;
  /** DER: intermediate, root. */
  readonly chain: readonly Buffer[];
}

export function createCertificateAuthority(commonName: string, notBefore: Date): CertificateAuthority {
  const root: Issuer = { name: distinguishedName('squizzle.test', commonName), keys: createP256KeyPair() };
  const intermediate: Issuer = {
    name: distinguishedName('squizzle.test', `${commonName} intermediate`),
    keys: createP256KeyPair(),
  };
  const issue = (subject: Issuer): Buffer =>
    issueCertificate(
      {
        subject: subject.name,
        publicKey: subject.keys.publicKey,
        notBefore,
        notAfter: new Date(notBefore.getTime() + YEAR_MS),
        extensions: forCertificates,
      },
      root,
    );
  return { issuer: intermediate, chain: [issue(intermediate), issue(root)] };
}
