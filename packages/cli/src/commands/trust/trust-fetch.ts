/**
 * `squizzle trust fetch`: a trusted root as its TUF repository hands it out now, to be looked at and pinned.
 *
 * @module
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { readBoundedFile } from '../../files/read-bounded-file.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { writeNewFile } from '../../files/write-new-file.ts';
import type { GlobalFlags } from '../../global-options.ts';
import { trustedRootFolder } from '../../project/user-folders.ts';
import { examples, type CommandContext } from '../command-context.ts';

interface FetchFlags extends GlobalFlags {
  readonly mirror?: string;
  readonly root?: string;
  readonly output: string;
  readonly force?: true;
}

const ROOT_BYTES = 1_048_576;

export function trustFetchCommand({ begin }: CommandContext): Command {
  return new Command('fetch')
    .summary('get a trusted root, to pin it')
    .description(
      'Get the trusted_root.json of a Sigstore by TUF, and print the SHA-256 that pins it in a trust policy. Without --mirror that of the public good instance. Verification itself never asks: it takes the file.',
    )
    .option('--mirror <url>', 'a TUF repository (default: that of the public good instance)')
    .option('--root <file>', 'the root.json that the repository is trusted by; needed with --mirror')
    .option('-o, --output <file>', 'the file to write', 'trusted_root.json')
    .option('--force', 'replace a file that is there')
    .addHelpText(
      'after',
      examples(
        'squizzle trust fetch --output trust/public-good.json',
        'squizzle trust fetch --mirror https://tuf.acme.internal --root root.json',
      ),
    )
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<FetchFlags>();
      const { environment, cwd, signal, output } = await begin(flags);
      const rootJson = flags.root === undefined ? null : await readRoot(resolve(cwd, flags.root), flags.root, signal);
      const { fetchTrustedRoot, PUBLIC_GOOD_MIRROR } = await environment.adapters.loadSecurity();
      const mirror = flags.mirror ?? PUBLIC_GOOD_MIRROR;
      const cacheFolder = trustedRootFolder(environment);
      output.busy(`asking ${mirror}`);
      const { bytes, sha256 } = await fetchTrustedRoot({ mirrorUrl: mirror, rootJson, cacheFolder, signal });
      await write(resolve(cwd, flags.output), new TextDecoder().decode(bytes), flags);
      output.result({ file: flags.output, sha256, mirror }, () => [
        `wrote ${flags.output}; look at what it trusts, then pin it:`,
        `  trustedRoot: { file: ${flags.output}, sha256: ${sha256} }`,
      ]);
    });
}

async function readRoot(path: string, file: string, signal: AbortSignal): Promise<string> {
  const bytes = await readBoundedFile(path, { label: `--root ${file}`, limitBytes: ROOT_BYTES, signal });
  return new TextDecoder().decode(bytes);
}

async function write(path: string, text: string, { output, force }: FetchFlags): Promise<void> {
  if (force === true) await replaceFile(path, () => text, { label: output });
  else await writeNewFile(path, text, output);
}
