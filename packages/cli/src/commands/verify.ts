/**
 * `squizzle verify`: reads every byte of a release, and asks the environment's policy about it.
 *
 * @module
 */
import {
  findBrokenEvent,
  SquizzleError,
  verifyChain,
  type History,
  type PulledArtifact,
  type VerifiedArtifact,
  type Version,
} from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import type { Paint } from '../output/paint.ts';
import { describeTrust } from '../output/trust-words.ts';
import { plural } from '../output/words.ts';
import type { Project } from '../project/project.ts';
import { addPolicyOptions, type PolicyFlags } from '../project/policy-options.ts';
import { openRelease } from '../project/release-in-file.ts';
import { addFindOptions, type FindFlags } from '../project/store-options.ts';
import { judgeRelease } from '../project/verify-release.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface VerifyFlags extends GlobalFlags, FindFlags, PolicyFlags {
  readonly ledger?: true;
  readonly explain?: true;
}

interface CheckedLayer {
  readonly version: Version;
  readonly checksum: string;
  readonly files: number;
  readonly bytes: number;
}

interface CheckedLedger {
  readonly database: string;
  readonly events: number;
  readonly head: string | null;
}

export function verifyCommand({ open }: CommandContext): Command {
  const command = new Command('verify')
    .summary('check a release, and the ledger of the database')
    .description(
      "Read every layer of a release and compare it with its digests and checksums, check that each earlier release of its chain is the one that was published, then ask the trust policy who must have signed and said what. --ledger recomputes the hash chain of the database's ledger too, and tells by it whether the release is an old one that was put in the place of a new one. --from may name a file that 'squizzle export' wrote. With --offline nothing is asked of any network.",
    )
    .argument('[selector]', SELECTOR_HELP, 'latest')
    .option('--ledger', "check the hash chain of the database's ledger too")
    .option('--explain', 'print what every signature and requirement came to, also of a release that is refused');
  return addPolicyOptions(addFindOptions(command))
    .addHelpText(
      'after',
      examples(
        'squizzle verify',
        'squizzle verify 1.2.0 --env production --ledger --explain',
        'squizzle verify 1.2.0 --env production --from shop-1.2.0.tar --offline',
      ),
    )
    .action(async (selector: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<VerifyFlags>();
      await using project = await open(flags);
      if (flags.offline === true && flags.ledger === true) refuseServer(project);
      await using release = await openRelease(selector, project, flags);
      const { artifact } = release;
      verifyChain(artifact);
      const layers = await checkLayers(artifact, project);
      const ledger = flags.ledger === true ? await checkLedger(project) : null;
      const { verified, explanation } = await judgeRelease(artifact, project, {
        history: ledger?.history,
        from: flags.from,
      });
      const { signer, unsignedReason, policyDigest, attestations } = verified;
      const environment = project.target().name;
      const said = flags.explain === true ? explanation : null;
      const policy = { environment, signer, unsignedReason, policyDigest, attestations, explanation: said };
      const { name, version } = artifact.manifest;
      const data = { name, version, digest: artifact.root.digest, layers, policy, ledger: ledger?.report ?? null };
      project.output.result(data, (paint) => verifyLines(data, paint));
    });
}

/** @throws {SquizzleError} `ARTIFACT_INVALID`; {ContentError} for bytes that are not those of their digest. */
async function checkLayers(artifact: PulledArtifact, { output, signal }: Project): Promise<readonly CheckedLayer[]> {
  const checked: CheckedLayer[] = [];
  for (const { version, checksum } of artifact.releases) {
    output.busy(`reading the layer of ${version}`);
    const files = await artifact.readFiles(version, { signal });
    const bytes = [...files.values()].reduce((sum, each) => sum + each.byteLength, 0);
    checked.push({ version, checksum, files: files.size, bytes });
  }
  return checked;
}

/** @throws {SquizzleError} `USAGE_INVALID` for a database that is reached over the network. */
function refuseServer(project: Project): void {
  const { name, database } = project.target();
  if (database().kind === 'embedded') return;
  const message = `--offline: the database of ${name} is a server; leave out --ledger`;
  throw new SquizzleError('USAGE_INVALID', message, { argument: '--ledger' });
}

/** @throws {SquizzleError} `LEDGER_INVALID` naming the first event that was changed. */
async function checkLedger(project: Project): Promise<{ readonly history: History; readonly report: CheckedLedger }> {
  const driver = await project.driver();
  const history = await driver.readHistory({ signal: project.signal });
  const { events } = history;
  const broken = findBrokenEvent(events);
  if (broken !== undefined) {
    const reason = `event ${broken.seq} (${broken.event} ${broken.version}) does not follow from those before it`;
    const message = `the ledger of ${driver.description} was edited: ${reason}; compare it with a backup`;
    throw new SquizzleError('LEDGER_INVALID', message, { reason });
  }
  const report = { database: driver.description, events: events.length, head: events.at(-1)?.hash ?? null };
  return { history, report };
}

interface VerifyReport {
  readonly name: string;
  readonly version: Version;
  readonly digest: string;
  readonly layers: readonly CheckedLayer[];
  readonly policy: Pick<VerifiedArtifact, 'signer' | 'unsignedReason' | 'policyDigest' | 'attestations'> & {
    readonly environment: string;
    /** `null` without `--explain`. */
    readonly explanation: readonly string[] | null;
  };
  readonly ledger: CheckedLedger | null;
}

function verifyLines({ name, version, digest, layers, policy, ledger }: VerifyReport, paint: Paint): readonly string[] {
  const ok = paint.green('ok');
  const files = layers.reduce((sum, layer) => sum + layer.files, 0);
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  return [
    `${ok}  manifest and config of ${name} ${version} match ${digest}`,
    `${ok}  its chain of ${plural(layers.length, 'release')} is what was published before`,
    `${ok}  ${plural(layers.length, 'layer')} with ${plural(files, 'file')} (${bytes} bytes) match their digests and checksums`,
    `${ok}  policy of ${policy.environment}: ${describeTrust(policy)}`,
    ...policy.attestations.map((each) => `${ok}  ${each}`),
    ...(ledger === null
      ? []
      : [`${ok}  ledger of ${ledger.database}: ${plural(ledger.events, 'event')}, hash chain whole`]),
    ...(policy.explanation === null || policy.explanation.length === 0 ? [] : ['', ...policy.explanation]),
  ];
}
