/**
 * The servers that the faults happen on, and what stands between them and the tools: started when first asked for,
 * stopped with {@link closeWorld}.
 */
import { loadStartCluster } from '../bench/server.mjs';
import { closeProjects } from './project.mjs';
import { killAll } from './processes.mjs';
import { runSql } from './sql.mjs';

const MAJOR = '18';
/** No random work; everything else as PostgreSQL comes, above all `max_locks_per_transaction` and `deadlock_timeout`. */
const SETTINGS = ['autovacuum=off'];

/**
 * @typedef {object} World
 * @property {string} version
 * @property {number} port
 * @property {(database: string) => string} url
 * @property {(close: () => Promise<unknown> | void) => void} onClose
 * @property {() => Promise<string>} standbyUrl of a server in recovery
 * @property {() => Promise<void>} close
 */

/** @returns {Promise<World>} */
export async function openWorld() {
  const startCluster = await loadStartCluster();
  const closers = [];
  const onClose = (close) => closers.unshift(close);
  const cluster = await startCluster({ version: MAJOR, settings: SETTINGS });
  onClose(() => cluster.stop());
  let standby;
  const [{ server_version: version }] = await runSql(cluster.url('postgres'), 'SHOW server_version');
  return {
    version,
    port: cluster.port,
    url: (database) => cluster.url(database),
    onClose,
    async standbyUrl() {
      standby ??= startCluster({ version: MAJOR, standby: true }).then((started) => {
        onClose(() => started.stop());
        return started;
      });
      return (await standby).url('postgres');
    },
    async close() {
      killAll();
      await closeProjects();
      for (const close of closers.splice(0)) await Promise.resolve(close()).catch(() => undefined);
    },
  };
}
