import { chmod, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCli, SHOP } from '../../test/cli-fixture.ts';

const isRoot = process.getuid?.() === 0;

describe('init', () => {
  it('makes a project that can be built at once', async () => {
    const cli = await createCli();
    expect(await cli.json('init --name "my')).toMatchInlineSnapshot(`
      {
        "created": [
          "squizzle.yaml",
          "db/migrations/.gitkeep",
          ".gitattributes (*.sql text eol=lf)",
          ".gitignore (.squizzle/)",
          ".gitignore (*.key)",
        ],
      }
    `);
    expect(await cli.read('.gitignore')).toBe('.squizzle/\n*.key\n');
    expect(await cli.read('.gitattributes')).toBe('*.sql text eol=lf\n');
    expect(await cli.json('config validate')).toMatchObject({ valid: true, environments: ['development'] });
    expect(await cli.json('config show')).toMatchObject({ config: { name: '"my' } });
    await cli.json('new users');
    await cli.write({ 'db/migrations/0001_users.sql': 'CREATE TABLE users (id int);\n' });
    expect(await cli.json('build')).toMatchObject({ release: { version: '1.0.0' } });
  });

  it('is named for its folder, and says what comes next', async () => {
    const cli = await createCli();
    const { stdout, stderr } = await cli.squizzle('init');
    expect(stdout).toMatch(/^created squizzle.yaml\n/);
    expect(stderr).toMatch(/^next: 'squizzle new <name>'/);
    expect(await cli.json('config show')).toMatchObject({ config: { name: 'shop' } });
  });

  it('never writes over a configuration', async () => {
    const cli = await createCli(SHOP);
    expect(await cli.failure('init')).toMatchObject({
      exitCode: 5,
      code: 'FILE_EXISTS',
      details: { path: 'squizzle.yaml' },
    });
    expect(await cli.read('squizzle.yaml')).toBe(SHOP['squizzle.yaml']);
    expect(await readdir(cli.folder)).toEqual(['db', 'squizzle.yaml']);
  });

  it('adds its lines to files that are there, once, as they end their lines', async () => {
    const cli = await createCli({ '.gitignore': 'dist', '.gitattributes': '* text\r\n*.sql text eol=lf\r\n' });
    expect(await cli.json('init')).toMatchObject({
      created: ['squizzle.yaml', 'db/migrations/.gitkeep', '.gitignore (.squizzle/)', '.gitignore (*.key)'],
    });
    expect(await cli.read('.gitignore')).toBe('dist\n.squizzle/\n*.key\n');
    expect(await cli.read('.gitattributes')).toBe('* text\r\n*.sql text eol=lf\r\n');
  });

  it('leaves migrations that are there alone', async () => {
    const cli = await createCli({ 'db/migrations/1_a.sql': '', '.gitignore': 'dist\r\n' });
    await cli.json('init');
    expect(await readdir(join(cli.folder, 'db/migrations'))).toEqual(['1_a.sql']);
    expect(await cli.read('.gitignore')).toBe('dist\r\n.squizzle/\r\n*.key\r\n');
  });

  it.skipIf(isRoot)('is STORE_UNUSABLE in a folder that cannot be written, with nothing half-written', async () => {
    const cli = await createCli();
    await chmod(cli.folder, 0o555);
    expect(await cli.failure('init')).toMatchObject({
      exitCode: 7,
      code: 'STORE_UNUSABLE',
      details: { systemCode: 'EACCES' },
    });
    expect(await readdir(cli.folder)).toEqual([]);
  });

  it('is STORE_UNUSABLE where a file stands in place of a folder', async () => {
    const cli = await createCli({ db: 'a file' });
    const failure = await cli.failure('init');
    expect(failure).toMatchObject({ exitCode: 7, code: 'STORE_UNUSABLE' });
    expect(await readdir(cli.folder)).toEqual(['db']);
  });

  it('says so when a line cannot be added', async () => {
    const cli = await createCli();
    await mkdir(join(cli.folder, '.gitignore'));
    expect(await cli.failure('init')).toMatchObject({ code: 'STORE_UNUSABLE', details: { systemCode: 'EISDIR' } });
  });
});

describe('init --db', () => {
  it('begins a project with the ledger in its database', async () => {
    const cli = await createCli();
    expect(await cli.json('init --db')).toMatchObject({
      created: [
        'squizzle.yaml',
        'db/migrations/.gitkeep',
        '.gitattributes (*.sql text eol=lf)',
        '.gitignore (.squizzle/)',
        '.gitignore (*.key)',
      ],
      ledger: {
        environment: 'development',
        database: 'memory',
        outcome: 'created',
        systemVersion: expect.any(Number) as number,
      },
    });
    expect(await cli.json('status')).toMatchObject({ initialized: true, current: null });
  });

  it('creates the ledger alone where there is a project, and once', async () => {
    const cli = await createCli(SHOP);
    expect((await cli.squizzle('init --db')).stdout).toBe('created the ledger: development (memory)\n');
    expect(await cli.squizzle('init --db')).toEqual({
      exitCode: 0,
      stdout: 'the ledger is there already: development (memory)\n',
      stderr: '',
    });
    expect(await readdir(cli.folder)).toEqual(['db', 'squizzle.yaml']);
    const below = { cwd: join(cli.folder, 'db') };
    expect(await cli.json('init --db', below)).toMatchObject({ created: [], ledger: { outcome: 'already-there' } });
  });

  it('brings a ledger up to date that an earlier version made', async () => {
    const cli = await createCli(SHOP);
    await cli.json('init --db');
    const [database] = [...cli.databases.values()];
    const openDatabase = async () => {
      if (database === undefined) throw new TypeError('no database yet');
      const driver = database.connect();
      const ledger = { systemVersion: 1, knownSystemVersion: 2, journal: [], faults: [] };
      database.examination = { ledger };
      return {
        ...driver,
        withLock: (...args: Parameters<typeof driver.withLock>) => {
          database.examination = { ledger: { ...ledger, systemVersion: 2 } };
          return driver.withLock(...args);
        },
      } as typeof driver;
    };
    expect(await cli.json('init --db', { adapters: { openDatabase } })).toMatchObject({
      ledger: { outcome: 'upgraded', systemVersion: 2 },
    });
  });

  it.each([
    { args: 'init --db --name other', code: 'USAGE_INVALID', why: 'the project has a name' },
    { args: 'init --db --config nowhere.yaml', code: 'CONFIG_NOT_FOUND', why: 'it was asked for by name' },
    { args: 'init --db -e nowhere', code: 'USAGE_INVALID', why: 'no such environment' },
  ])('$args is $code: $why', async ({ args, code }) => {
    expect(await (await createCli(SHOP)).failure(args)).toMatchObject({ exitCode: 2, code });
  });
});

describe('new', () => {
  it.each([
    { there: [], name: 'users', file: '0001_users.sql', why: 'the first' },
    { there: ['0001_a.sql', '0001_a.down.sql', '0009_b.sql'], name: 'c', file: '0010_c.sql', why: 'after the highest' },
    { there: ['9999_a.sql'], name: 'b', file: '10000_b.sql', why: 'numbers may outgrow their width' },
    { there: ['00001_a.sql'], name: 'b', file: '00002_b.sql', why: 'as wide as the others' },
    { there: ['notes.txt', 'users.sql'], name: 'b', file: '0001_b.sql', why: 'names without number count for none' },
    { there: ['20250101000000_a.sql'], name: 'b', file: '20261121041605_b.sql', why: 'timestamps go on as such' },
    { there: ['20990101000000_a.sql'], name: 'b', file: '20990101000001_b.sql', why: 'but never go back' },
    { there: ['0001_a.up.sql', '0001_a.down.sql'], name: 'b', file: '0002_b.up.sql', why: 'pairs go on as such' },
    { there: [], name: 'Add Users & Orders!.sql', file: '0001_add_users_orders.sql', why: 'made fit for a file name' },
    { there: [], name: '../../etc/passwd', file: '0001_etc_passwd.sql', why: 'no path leads out' },
    { there: [], name: 'größe', file: '0001_größe.sql', why: 'letters of any language' },
  ])('after $there, $name is $file: $why', async ({ there, name, file }) => {
    const cli = await createCli({ ...SHOP, ...Object.fromEntries(there.map((each) => [`db/m/${each}`, ''])) });
    await cli.write({ 'squizzle.yaml': 'name: shop\nsources: { migrations: db/m }\n' });
    const { stdout, exitCode } = await cli.squizzle(['new', name]);
    expect({ stdout, exitCode }).toEqual({ exitCode: 0, stdout: `created db/m/${file}\n` });
    expect(await readdir(join(cli.folder, 'db/m'))).toContain(file);
  });

  it('writes the rollback file beside it', async () => {
    const cli = await createCli(SHOP);
    expect(await cli.json('new orders --down')).toMatchInlineSnapshot(`
      {
        "created": [
          "db/migrations/0002_orders.sql",
          "db/migrations/0002_orders.down.sql",
        ],
      }
    `);
    expect(await cli.read('db/migrations/0002_orders.sql')).toBe('-- orders\n\n');
    expect(await cli.read('db/migrations/0002_orders.down.sql')).toBe('-- undoes 0002_orders.sql\n\n');
  });

  it.each([
    { args: ['new', '!!!'], why: 'no letter, no name' },
    { args: ['new', 'x'.repeat(101)], why: 'too long' },
    { args: ['new'], why: 'no name at all' },
    { args: ['new', 'add', 'users'], why: 'two names' },
  ])('$args is refused: $why', async ({ args }) => {
    const cli = await createCli(SHOP);
    expect(await cli.failure(args)).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID' });
  });

  it('never writes over a file', async () => {
    const cli = await createCli(SHOP);
    await symlink('/nowhere', join(cli.folder, 'db/migrations/0002_orders.down.sql'));
    await cli.write({ 'squizzle.yaml': 'name: shop\n' });
    expect(await cli.json('new orders --down')).toMatchObject({
      created: [expect.stringContaining('0003'), expect.stringContaining('0003')],
    });
  });

  it('is STORE_UNUSABLE where the folder is a file', async () => {
    const cli = await createCli({ 'squizzle.yaml': 'name: shop\nsources: { migrations: db }\n', db: '' });
    expect(await cli.failure('new users')).toMatchObject({ exitCode: 7, code: 'STORE_UNUSABLE' });
  });
});
