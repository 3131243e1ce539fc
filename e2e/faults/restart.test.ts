/**
 * The server goes away in mid-run and comes back.
 */
import { kill } from 'node:process';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startCluster, type Cluster } from '../../tools/postgres/cluster.ts';
import { openClient, sessionsOf, type Client } from '../support/client.ts';
import type { Project } from '../support/project.ts';
import { newest, query, servers } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { FAULTS, type FaultName } from './fault-table.ts';
import { changeRig, createFaultyProject, installRig } from './faulty-project.ts';
import { expectFinishes, expectOutcome, expectState, sceneAt } from './scene.ts';

const SLEEP = 'PERFORM pg_sleep(60);';

interface Row {
  readonly name: FaultName;
  readonly place: 'transaction' | 'index';
  /** @param pid of the session that runs the migration. */
  readonly act: (cluster: Cluster, client: Client, pid: number) => Promise<void>;
}

const restart =
  (signal: NodeJS.Signals) =>
  async (cluster: Cluster): Promise<void> => {
    await cluster.halt(signal);
    await cluster.start();
  };
/** The backend that is killed is the watcher's; the server then ends all others. */
const crash = async (_: Cluster, { pid }: Client): Promise<void> => void kill(pid, 'SIGKILL');
const terminate = async (_: Cluster, client: Client, pid: number): Promise<void> =>
  void (await client.query('SELECT pg_terminate_backend($1)', [pid]));

const ROWS: readonly Row[] = [
  { name: 'server-shutdown', place: 'transaction', act: restart('SIGINT') },
  { name: 'server-shutdown', place: 'index', act: restart('SIGINT') },
  { name: 'server-immediate', place: 'transaction', act: restart('SIGQUIT') },
  { name: 'server-immediate', place: 'index', act: restart('SIGQUIT') },
  { name: 'server-crash', place: 'transaction', act: crash },
  { name: 'server-crash', place: 'index', act: crash },
  { name: 'terminated', place: 'transaction', act: terminate },
  { name: 'terminated', place: 'index', act: terminate },
];

let project: Project;
beforeAll(async () => {
  project = await createFaultyProject();
});
afterAll(() => project.remove());

describe.each(servers)('a server that goes away, PostgreSQL $version', (server) => {
  describe.skipIf(server.url === null)(`(${server.missing ?? 'real server'})`, () => {
    let cluster: Cluster;
    let count = 0;
    beforeAll(async () => {
      // Commits must outlive a crash of the server: the tests' servers are faster and less careful otherwise.
      cluster = await startCluster({ version: server.version, settings: ['synchronous_commit=on'] });
    });
    afterAll(() => cluster.stop());

    // An index under way meets the same ends; one server shows them.
    const rows = ROWS.filter(({ place }) => place === 'transaction' || server === newest);
    it.each(rows)('$name, in $place', async ({ name, place, act }) => {
      const url = await cluster.createDatabase(`shop_${(count += 1)}`);
      await installRig(url, { [place]: SLEEP });
      const scene = sceneAt(url, project);
      const client = await openClient(url, 'watcher');
      const running = scene.start('apply');
      await until('the statement runs', async () => (await sleeperOf(client)) !== undefined);
      await act(cluster, client, Number((await sleeperOf(client))?.['pid']));
      expectOutcome(name, await running.ended);
      await client.close().catch(() => undefined);
      await until('the server answers', () =>
        query(url, 'SELECT 1').then(
          () => true,
          () => false,
        ),
      );
      await expectState(scene, place === 'index' ? ['1.0.0'] : []);
      await changeRig(url);
      await expectFinishes(scene);
    });

    it(`server-down: ${FAULTS['server-down'].fault}`, async () => {
      const url = await cluster.createDatabase('down');
      await installRig(url);
      const scene = sceneAt(url, project);
      await cluster.halt('SIGINT');
      expectOutcome('server-down', await scene.run('apply'));
      await cluster.start();
      await expectState(scene, []);
      await expectFinishes(scene);
    });
  });
});

const sleeperOf = async (client: Client) =>
  (await sessionsOf(client)).find((session) => session['wait_event'] === 'PgSleep');
