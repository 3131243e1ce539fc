/**
 * Why podman or buildah, though installed, cannot keep images here: root without the right to mount, for example.
 *
 * No registry has a part in it: what a registry does wrong is never a reason to skip.
 *
 * @module
 */
import { getuid } from 'node:process';
import { createClientHome } from './client-home.ts';
import { imageOf, layerOf, writeLayout } from './images.ts';
import { faultOf, runProgram } from './program.ts';

export async function storageFaultOf(name: 'podman' | 'buildah'): Promise<string | null> {
  const missing = faultOf({ name, debian: name });
  if (missing !== null) return missing;
  // What others unpack belongs to users of a namespace of theirs, who alone could remove it.
  if (getuid?.() !== 0) return `SKIPPED: ${name} needs root here`;
  const home = await createClientHome();
  try {
    const layout = await writeLayout(home.path('layout'), { probe: imageOf([layerOf({ 'etc/name': 'probe\n' })]) });
    const places = ['--storage-driver', 'vfs', '--root', home.path('root'), '--runroot', home.path('rr')];
    const { code, stderr } = await runProgram(name, [...places, 'pull', '-q', `oci:${layout}:probe`], {
      env: home.env,
    });
    return code === 0 ? null : `SKIPPED: ${name} cannot keep images here: ${stderr.trim().split('\n').at(-1) ?? ''}`;
  } finally {
    await home.remove();
  }
}
