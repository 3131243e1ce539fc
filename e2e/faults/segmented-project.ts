/**
 * A project of several releases that take their time, for runs that meet.
 *
 * Odd releases fit one transaction; even ones build indexes concurrently and need five segments.
 *
 * @module
 */
import { buildReleases, configFor, createProject, type Project } from '../support/project.ts';

export const RELEASES = ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0', '1.5.0'] as const;

function isSegmented(version: string): boolean {
  return Number(version.split('.')[1]) % 2 === 1;
}

export async function createSegmentedProject(): Promise<Project> {
  const project = await createProject({ 'squizzle.yaml': configFor('segmented') });
  await buildReleases(
    project,
    RELEASES.map((version) => ({ version, files: filesOf(version) })),
  );
  return project;
}

const table = (name: string): string =>
  `CREATE TABLE ${name} AS SELECT g AS i FROM generate_series(1, 200) g;\nSELECT pg_sleep(0.02);\n`;

function filesOf(version: string): Record<string, string> {
  const at = version.replaceAll('.', '_');
  const index = (name: string): string => `CREATE INDEX CONCURRENTLY ${name}_x ON ${name} (i);\n`;
  if (!isSegmented(version)) {
    return {
      [`db/migrations/${at}/1.sql`]: table(`a_${at}`),
      [`db/migrations/${at}/2.sql`]: table(`b_${at}`) + table(`c_${at}`),
    };
  }
  const sql = table(`a_${at}`) + index(`a_${at}`) + table(`b_${at}`) + index(`b_${at}`) + table(`c_${at}`);
  return { [`db/migrations/${at}/1.sql`]: sql };
}
