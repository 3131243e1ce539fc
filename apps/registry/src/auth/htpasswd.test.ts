import { describe, expect, it } from 'vitest';
import { HtpasswdError, parseHtpasswd } from './htpasswd.ts';

/** As `htpasswd -nbB -C 4` and `-C 5` printed them. */
const ALICE = 'alice:$2y$04$EQ/0FIzJNqb4h87/b1dJtuTrgv.FRlHSoeVztJXdVhd92Q6I4sOye';
const BOB = 'bob:$2y$05$E3WR3h2ts/rw9/jjnvf0iuMFPSw5UcuoSbBy.8TVuUwdWEIiTHBfO';
const HASH = ALICE.slice('alice:'.length);
const TAIL = HASH.slice('$2y$04$'.length);

const parse = (text: string) => parseHtpasswd(Buffer.from(text));

/** The message, or undefined for a file that is right. */
function faultOf(bytes: Uint8Array): string | undefined {
  try {
    parseHtpasswd(bytes);
    return undefined;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(HtpasswdError);
    return (thrown as HtpasswdError).message;
  }
}

describe('story 011 basic authentication: the file of users', () => {
  it('reads users, their hashes and costs', () => {
    const { hashes, costs } = parse(`${ALICE}\n${BOB}\n`);
    expect([...hashes]).toEqual([ALICE, BOB].map((line) => line.split(':')));
    expect(costs).toEqual(['04', '05']);
  });

  it.each([
    { text: ALICE, why: 'no line break at the end' },
    { text: `${ALICE}\n\n`, why: 'what "htpasswd -n" prints' },
    { text: `# who may push\n\n   \n${ALICE}\n`, why: 'comments and empty lines' },
    { text: `#bob:{SHA}x\n${ALICE}\n`, why: 'a user commented out, whatever the scheme' },
    { text: `${ALICE}\r\n`, why: 'line breaks of Windows' },
    { text: `\uFEFF${ALICE}\n`, why: 'the byte order mark of some editors' },
    { text: `${ALICE} \t\n`, why: 'white space after the hash' },
  ])('accepts $why', ({ text }) => {
    expect([...parse(text).hashes]).toEqual([['alice', HASH]]);
  });

  it.each([
    { line: `alice:$2a$04$${TAIL}`, why: 'as the first bcrypt wrote it' },
    { line: `alice:$2b$12$${TAIL}`, why: 'as bcrypt writes it now' },
    { line: `alice:$2y$17$${TAIL}`, why: 'the most that htpasswd makes' },
    { line: `zoë:${HASH}`, why: 'a name that is not ASCII' },
    { line: `a b:${HASH}`, why: 'a space within a name' },
    { line: `${'n'.repeat(255)}:${HASH}`, why: 'the longest name' },
  ])('accepts $why', ({ line }) => {
    const [name, hash] = line.split(':');
    expect([...parse(line).hashes]).toEqual([[name, hash]]);
  });

  it.each([
    { value: '$apr1$uJFHINwt$CVOs/2UeGq0hYJVVqHTmp1', scheme: 'MD5 (apr1)' },
    { value: '$1$uJFHINwt$CVOs/2UeGq0hYJVVqHTmp1', scheme: 'MD5 crypt' },
    { value: '{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=', scheme: 'SHA-1' },
    { value: '{SSHA}GpHWL3ymc5liWkNopqtdSjuqYHM=', scheme: 'salted SHA-1' },
    { value: '$5$TIkgVDWrw6y8lAd3$QWbF8wnI6zfIQmUajIRJPT4F9c468huaaLB9CGBMnY1', scheme: 'SHA-256 crypt' },
    { value: '$6$dTqwGlvSszSdnruj$xuBVcYi2BS2', scheme: 'SHA-512 crypt' },
    { value: '$y$j9T$abc$def', scheme: 'yescrypt' },
    { value: '$7$abc$def', scheme: 'scrypt' },
    { value: '$argon2id$v=19$m=65536$abc$def', scheme: 'Argon2' },
    { value: `$2x$04$${TAIL}`, scheme: 'a faulty variant of bcrypt' },
    { value: `$2$04$${TAIL}`, scheme: 'a faulty variant of bcrypt' },
    { value: 'OzTZhvBk0NRPs', scheme: 'plain text or unknown' },
    { value: '$my$secret$', scheme: 'plain text or unknown' },
    { value: '', scheme: 'plain text or unknown' },
  ])('refuses $scheme, naming line and scheme but not the hash', ({ value, scheme }) => {
    const fault = faultOf(Buffer.from(`${ALICE}\n# next\nsomebody:${value}\n`));
    expect(fault).toBe(
      `line 3: the scheme is ${scheme}, but only bcrypt is accepted; set the password with "htpasswd -B"`,
    );
  });

  it.each([
    { line: `x:$2y$04$${TAIL.slice(1)}`, says: 'the bcrypt hash is damaged', why: 'a character is missing' },
    { line: `x:$2y$04$${TAIL}e`, says: 'the bcrypt hash is damaged', why: 'a character too many' },
    { line: `x:$2y$4$${TAIL}`, says: 'the bcrypt hash is damaged', why: 'a cost of one digit' },
    { line: `x:$2y$04$${TAIL.replace('.', '!')}`, says: 'the bcrypt hash is damaged', why: 'a foreign character' },
    { line: `x:$2y$04$${TAIL.slice(0, 21)}v${TAIL.slice(22)}`, says: 'is damaged', why: 'bits beyond the salt' },
    { line: `x:$2y$04$${TAIL.slice(0, -1)}f`, says: 'is damaged', why: 'bits beyond the hash' },
    { line: ALICE.replace(':', '::'), says: 'the scheme is plain text or unknown', why: 'a second colon' },
    { line: `x:$2y$03$${TAIL}`, says: 'cost 03 is not from 4 to 17', why: 'a cost below bcrypt' },
    { line: `x:$2y$18$${TAIL}`, says: 'cost 18 is not from 4 to 17', why: 'a cost above htpasswd' },
    { line: 'x', says: 'expected "name:hash", found no colon', why: 'a name alone' },
    { line: `:${HASH}`, says: 'user name is empty', why: 'a hash alone' },
    { line: ` x:${HASH}`, says: 'begins or ends with white space', why: 'an indented line' },
    { line: `x :${HASH}`, says: 'begins or ends with white space', why: 'a space before the colon' },
    { line: `x\u0000y:${HASH}`, says: 'holds a control character', why: 'NUL' },
    { line: `x\u0085y:${HASH}`, says: 'holds a control character', why: 'a control beyond ASCII' },
    { line: `${'é'.repeat(128)}:${HASH}`, says: 'longer than 255 bytes', why: 'a name of 256 bytes' },
  ])('refuses $why', ({ line, says }) => {
    const fault = faultOf(Buffer.from(`${BOB}\n${line}\n`));
    expect(fault).toContain(`line 2: `);
    expect(fault).toContain(says);
    expect(fault).not.toContain(TAIL.slice(0, 10));
  });

  it('refuses a user who is there twice, and says where', () => {
    expect(faultOf(Buffer.from(`${ALICE}\n${BOB}\n\n${ALICE}\n`))).toBe(
      'line 4: its user is already on line 1; remove one of them',
    );
  });

  it.each([
    { bytes: Buffer.from(''), says: 'names no user', why: 'nothing' },
    { bytes: Buffer.from('# alice\n\n'), says: 'names no user', why: 'comments alone' },
    { bytes: Buffer.from(`caf\u00e9:${HASH}`, 'latin1'), says: 'not UTF-8', why: 'Latin-1' },
    { bytes: Buffer.alloc(1024 * 1024 + 1, '#'), says: 'more than 1048576', why: 'a file beyond the limit' },
  ])('refuses $why', ({ bytes, says }) => {
    expect(faultOf(bytes)).toContain(says);
  });

  it('accepts a file at the limit', () => {
    const comment = Buffer.alloc(1024 * 1024 - ALICE.length - 1, '#');
    expect(faultOf(Buffer.concat([Buffer.from(`${ALICE}\n`), comment]))).toBeUndefined();
  });
});
