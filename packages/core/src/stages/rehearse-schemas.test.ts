import { describe, expect, it } from 'vitest';
import { SEGMENTED, TWO, table } from '../testing/apply-fixture.ts';
import { createMemoryScratch } from '../testing/memory-scratch.ts';
import { verifiedChain, version } from '../testing/shop.ts';
import { schemasOfReleases } from './rehearse-schemas.ts';

const FOUR = {
  ...TWO,
  '1.2.0': { 'seeds/production/p.sql': table('p'), 'seeds/development/d.sql': table('d') },
  '1.3.0': { 'migrations/4.sql': table('z') },
};

describe('schemasOfReleases', () => {
  it.each([
    { why: 'the last', asked: ['1.1.0'], found: ['1.1.0: a b'], ran: 2 },
    { why: 'the first alone: no later release runs', asked: ['1.0.0'], found: ['1.0.0: a'], ran: 1 },
    {
      why: 'several, in whatever order they are asked for',
      asked: ['1.2.0', '1.0.0'],
      found: ['1.0.0: a', '1.2.0: a b p'],
      ran: 3,
    },
    { why: 'one that is asked for twice', asked: ['1.0.0', '1.0.0'], found: ['1.0.0: a'], ran: 1 },
  ])('shows $why, on one database that is gone afterwards', async ({ asked, found, ran }) => {
    const scratch = createMemoryScratch();
    const snapshots = await schemasOfReleases(await verifiedChain(FOUR), asked.map(version), scratch, {
      environment: 'production',
    });
    const told = [...snapshots].map(([text, { objects }]) => {
      return `${text}: ${objects.map(({ name }) => name.replace('public.', '')).join(' ')}`;
    });
    expect(told).toEqual(found);
    expect(scratch.count).toEqual({ made: 1, open: 0 });
    expect(scratch.executed).toHaveLength(ran);
  });

  it('makes no database where nothing is asked for', async () => {
    const scratch = createMemoryScratch();
    const none = await schemasOfReleases(await verifiedChain(TWO), [], scratch, { environment: 'x' });
    expect([none.size, scratch.count.made]).toEqual([0, 0]);
  });

  it('refuses a version that is not in the chain before it makes a database', async () => {
    const scratch = createMemoryScratch();
    const showing = schemasOfReleases(await verifiedChain(TWO), [version('9.0.0')], scratch, { environment: 'x' });
    await expect(showing).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND', details: { selector: '9.0.0' } });
    expect(scratch.count.made).toBe(0);
  });

  it('throws what applying throws, and leaves no database behind', async () => {
    const scratch = createMemoryScratch();
    const artifact = await verifiedChain({ ...TWO, '1.2.0': { 'migrations/9.sql': 'FAIL 42703;' } });
    const showing = schemasOfReleases(artifact, [version('1.2.0')], scratch, { environment: 'x' });
    await expect(showing).rejects.toMatchObject({ code: 'STEP_FAILED' });
    expect(scratch.count).toEqual({ made: 1, open: 0 });
  });

  it('tells what happens on the way', async () => {
    const told: string[] = [];
    const onEvent = ({ type }: { readonly type: string }): number => told.push(type);
    const chain = await verifiedChain(SEGMENTED);
    await schemasOfReleases(chain, [version('1.0.0')], createMemoryScratch(), { environment: 'x', onEvent });
    expect(told).toContain('segment-finished');
  });
});
