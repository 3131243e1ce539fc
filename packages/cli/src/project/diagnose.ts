/**
 * Runs the probes of a registry, telling which one is at work.
 *
 * @module
 */
import type { ProbeResult } from '@squizzle/oci';
import type { RegistryHost } from '@squizzle/oci-spec';
import type { Registries } from './registries.ts';
import type { Session } from './session.ts';

export interface DiagnosisRequest {
  readonly registry: RegistryHost;
  /** `null`: one of its own. */
  readonly repository: string | null;
  readonly readOnly: boolean;
}

export interface Diagnosis {
  /** The repository that was used. */
  readonly name: string;
  readonly results: readonly ProbeResult[];
}

const SCRATCH_REPOSITORY = 'squizzle-doctor';

export async function diagnose(
  { registry, repository, readOnly }: DiagnosisRequest,
  registries: Registries,
  { environment, output, signal }: Session,
): Promise<Diagnosis> {
  const { diagnoseRegistry } = await environment.adapters.loadOciTools();
  const name = repository ?? SCRATCH_REPOSITORY;
  const results: ProbeResult[] = [];
  const target = { ...registries.addressOf(registry), repository: name };
  const now = (): number => environment.now().getTime();
  for await (const result of diagnoseRegistry(target, { readOnly, signal, now })) {
    results.push(result);
    output.busy(`${result.probe}: ${result.outcome}`);
  }
  return { name, results };
}
