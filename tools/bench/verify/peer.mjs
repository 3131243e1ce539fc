/** The library's own verifier, as it comes: any signer, and for envelopes no look at what they are about. */
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';

export function createPeer(rootJson) {
  const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(rootJson)));
  const verify = (text) => new Verifier(material).verify(toSignedEntity(bundleFromJSON(JSON.parse(text))));
  return {
    verify,
    /** `null`: it takes the bundle. The older line knows no envelopes of Rekor 2. */
    refusalOf(text) {
      try {
        verify(text);
        return null;
      } catch (error) {
        return error.code ?? error.name;
      }
    },
  };
}
