/**
 * The plain signature of a release, and the older forms of it that are asked for.
 *
 * @module
 */
import { toSignatureJson, type SignatureJson } from '../output/signature-report.ts';
import { attachStatement, type PlacedRelease } from './attach-statement.ts';
import { requireKey, writeCompat } from './compat-signature.ts';
import type { OpenSigner } from './open-signer.ts';
import type { Project } from './project.ts';
import type { CompatFlags } from './signing-options.ts';

export interface SignedRelease extends SignatureJson {
  /** Tags of the older forms. */
  readonly compat: readonly string[];
}

/** What must be known of a release to sign it: also of one that was built a moment ago. */
export type Signable = Pick<PlacedRelease, 'stores'> & {
  readonly artifact: Pick<PlacedRelease['artifact'], 'root' | 'manifest'>;
};

/** @throws {SquizzleError} what signing and the stores throw. */
export async function signPlaced(
  placed: Signable,
  signer: OpenSigner,
  flags: CompatFlags,
  project: Project,
): Promise<SignedRelease> {
  const { artifact } = placed;
  const forms = flags.compat === undefined ? (project.loaded.config.signing?.compat ?? []) : [flags.compat];
  const isOlder = forms.includes('sig');
  if (isOlder) requireKey(signer.key); // before anything is attached
  const statement = signer.tools.createSignatureStatement(artifact.root);
  const attached = await attachStatement(statement, placed, signer, project);
  const compat = isOlder ? await writeCompat(placed, signer, project) : [];
  return { ...toSignatureJson(artifact, attached, signer.description), compat };
}
