/**
 * `squizzle verify`: reads every byte of a release, and asks the environment's policy about it.
 *
 * @module
 */
import { findBrokenEvent, SquizzleError, verifyChain, type PulledArtifact, type Version } from '@squizzle/core';
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import type { Paint } from '../output/paint.ts';
import { plural } from '../output/words.ts';
import type { Project } from '../project/project.ts';
import { pullRelease } from '../project/find-release.ts';
import { addFindOptions, type FindFlags } from '../project/store-options.ts';
import { verifyRelease } from '../project/verify-release.ts';
import { examples, SELECTOR_HELP, type CommandContext } from './command-context.ts';

interface VerifyFlags extends GlobalFlags, FindFlags {
  readonly ledger?: true;
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
      "Read every layer of a release and compare it with its digests and checksums, check that each earlier release of its chain is the one that was published, then ask the environment's policy who must have signed. --ledger recomputes the hash chain of the database's ledger too.",
    )
    .argument('[selector]', SELECTOR_HELP, 'latest')
    .option('--ledger', "check the hash chain of the database's ledger too");
  return addFindOptions(command)
    .addHelpText('after', examples('squizzle verify', 'squizzle verify 1.2.0 --env production --ledger'))
    .action(async (selector: string, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<VerifyFlags>();
      await using project = await open(flags);
      const artifact = await pullRelease(selector, project, flags);
      verifyChain(artifact);
      const layers = await checkLayers(artifact, project);
      const { signer, unsignedReason } = await verifyRelease(artifact, project);
      const ledger = flags.ledger === true ? await checkLedger(project) : null;
      const { name, version } = artifact.manifest;
      const policy = { environment: project.target().name, signer, unsignedReason };
      const data = { name, version, digest: artifact.root.digest, layers, policy, ledger };
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

/** @throws {SquizzleError} `LEDGER_INVALID` naming the first event that was changed. */
async function checkLedger(project: Project): Promise<CheckedLedger> {
  const driver = await project.driver();
  const { events } = await driver.readHistory({ signal: project.signal });
  const broken = findBrokenEvent(events);
  if (broken !== undefined) {
    const reason = `event ${broken.seq} (${broken.event} ${broken.version}) does not follow from those before it`;
    const message = `the ledger of ${driver.description} was edited: ${reason}; compare it with a backup`;
    throw new SquizzleError('LEDGER_INVALID', message, { reason });
  }
  return { database: driver.description, events: events.length, head: events.at(-1)?.hash ?? null };
}

interface VerifyReport {
  readonly name: string;
  readonly version: Version;
  readonly digest: string;
  readonly layers: readonly CheckedLayer[];
  readonly policy: {
    readonly environment: string;
    readonly signer: Readonly<Record<string, string>> | null;
    readonly unsignedReason: string | null;
  };
  readonly ledger: CheckedLedger | null;
}

function verifyLines({ name, version, digest, layers, policy, ledger }: VerifyReport, paint: Paint): readonly string[] {
  const ok = paint.green('ok');
  const files = layers.reduce((sum, layer) => sum + layer.files, 0);
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  const trust =
    policy.signer === null
      ? `unsigned releases are allowed: ${policy.unsignedReason ?? ''}`
      : `signed by ${Object.values(policy.signer).join(' ')}`;
  return [
    `${ok}  manifest and config of ${name} ${version} match ${digest}`,
    `${ok}  its chain of ${plural(layers.length, 'release')} is what was published before`,
    `${ok}  ${plural(layers.length, 'layer')} with ${plural(files, 'file')} (${bytes} bytes) match their digests and checksums`,
    `${ok}  policy of ${policy.environment}: ${trust}`,
    ...(ledger === null
      ? []
      : [`${ok}  ledger of ${ledger.database}: ${plural(ledger.events, 'event')}, hash chain whole`]),
  ];
}
