// tools/postgres/cluster.ts
import { spawn, spawnSync as spawnSync2 } from "node:child_process";
import { chownSync } from "node:fs";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join as join2 } from "node:path";
import { env as env2, getuid } from "node:process";
import pg from "pg";

// tools/postgres/binaries.ts
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { arch, env, execPath, platform } from "node:process";
var NODE_MODULES = resolve(import.meta.dirname, "../../node_modules");
var VERSIONS = ["14", "18"];
function availableServers() {
  const packaged = VERSIONS.map((version) => packagedServer(version));
  const folders = (env["SQUIZZLE_TEST_POSTGRES_BIN"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...packaged, ...folders.map((folder) => serverInFolder(folder))];
}
function packagedServer(version) {
  const name = `postgres-${version}-${platform}-${arch}`;
  const folder = join(NODE_MODULES, name);
  if (!existsSync(folder)) return { version, missing: `the optional package ${name} is not installed` };
  hydrate(folder);
  return serverInFolder(join(folder, "native/bin"), version);
}
function hydrate(folder) {
  const script = join(folder, "scripts/hydrate-symlinks.js");
  const libraries = readdirSync(join(folder, "native/lib"));
  if (libraries.some((file) => /^libpq\.(so|\d+\.dylib)/.test(file) && libraries.includes("libpq.so.5"))) return;
  if (existsSync(script)) execFileSync(execPath, [script], { cwd: folder });
}
function serverInFolder(binaries, expected) {
  const answer = spawnSync(join(binaries, "postgres"), ["--version"], { encoding: "utf8" });
  const version = /(\d+)(\.\d+)?/.exec(answer.stdout ?? "")?.[1] ?? expected ?? binaries;
  if (answer.status === 0) return { version, binaries };
  return { version, missing: `${binaries}/postgres does not run: ${answer.error?.message ?? answer.stderr.trim()}` };
}

// tools/postgres/cluster.ts
var NOBODY = 65534;
var HOST_RULES = `host all scram_user 127.0.0.1/32 scram-sha-256
host all rejected_user 127.0.0.1/32 reject
host all all 127.0.0.1/32 trust
`;
var FAST = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "shared_buffers=32MB",
  "wal_level=logical"
];
async function startCluster(options) {
  const binaries = requireServer(options.version);
  const root = await mkdtemp(join2(tmpdir(), `squizzle-postgres-${options.version}-`));
  try {
    const data = join2(root, "data");
    initialize(binaries, root, data);
    await writeFile(join2(data, "pg_hba.conf"), HOST_RULES);
    await appendFile(join2(data, "postgresql.conf"), `
${[...FAST, ...options.settings ?? []].join("\n")}
`);
    if (options.standby === true) await writeFile(join2(data, "standby.signal"), "");
    return await launch(options.version, binaries, root, data);
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}
function requireServer(version) {
  const found = availableServers().find((server) => server.version === version);
  if (found === void 0) throw new RangeError(`no PostgreSQL ${version} is known to the tests`);
  if ("missing" in found) throw new RangeError(`PostgreSQL ${version}: ${found.missing}`);
  return found.binaries;
}
function initialize(binaries, root, data) {
  const user = asUser();
  if (user.uid !== void 0) chownSync(root, NOBODY, NOBODY);
  const flags = ["-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
  const { command, leading } = toCommand(user, join2(binaries, "initdb"));
  const done = spawnSync2(command, [...leading, ...flags], {
    ...user.ids,
    cwd: root,
    encoding: "utf8",
    env: { PATH: env2["PATH"] ?? "" }
  });
  if (done.status !== 0) throw new RangeError(`initdb: ${done.error?.message ?? done.stderr}`);
}
async function launch(version, binaries, root, data) {
  const port = await freePort();
  const user = asUser();
  const flags = ["-D", data, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="];
  const { command, leading } = toCommand(user, join2(binaries, "postgres"));
  const child = spawn(command, [...leading, ...flags], {
    ...user.ids,
    cwd: root,
    env: { PATH: env2["PATH"] ?? "" },
    stdio: ["ignore", "ignore", "pipe"]
  });
  const exited = new Promise((done) => child.once("exit", () => done()));
  const stop = async () => {
    child.kill("SIGINT");
    await exited;
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  };
  const url = (database, name = "postgres") => `postgres://${name}@127.0.0.1:${port}/${database}`;
  try {
    await untilReady(child, url("postgres"));
  } catch (error) {
    await stop();
    throw error;
  }
  const createDatabase = async (name) => {
    await run(url("postgres"), `CREATE DATABASE "${name}" TEMPLATE template0`);
    return url(name);
  };
  return { version, pid: child.pid ?? 0, port, url, createDatabase, stop };
}
async function untilReady(child, url) {
  let log = "";
  child.stderr?.on("data", (data) => {
    if (log.length < 1e4) log += data.toString();
  });
  for (let attempt = 0; attempt < 500; attempt += 1) {
    try {
      return await run(url, "SELECT 1");
    } catch {
      if (child.exitCode !== null) break;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
  throw new RangeError(`PostgreSQL did not start: ${log}`);
}
async function run(connectionString, sql) {
  const client = new pg.Client({ connectionString });
  client.on("error", () => void 0);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
function asUser() {
  if (getuid?.() !== 0) return { prefix: [], ids: {} };
  const namespace = ["unshare", "-U", `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  const works = spawnSync2("unshare", [...namespace.slice(1), "true"]).status === 0;
  if (works) return { prefix: namespace, ids: {} };
  return { prefix: [], ids: { uid: NOBODY, gid: NOBODY }, uid: NOBODY };
}
function toCommand(user, program) {
  const [command = program, ...leading] = [...user.prefix, program];
  return { command, leading };
}
function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

// ../../tmp/pgrun.ts
import { writeFileSync } from "node:fs";
var c = await startCluster({ version: "18" });
writeFileSync("/tmp/pgurl", await c.createDatabase("shop"));
process.on("SIGTERM", async () => {
  await c.stop();
  process.exit(0);
});
setInterval(() => {
}, 1e3);
