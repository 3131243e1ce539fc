/**
 * Tars of any kind, byte by byte: also those that no tar program would write.
 *
 * @module
 */
export interface TarMember {
  readonly name: string | Uint8Array;
  /** `0` is a file, `5` a folder, `2` a symbolic link … */
  readonly type?: string;
  readonly content?: Uint8Array | string;
  readonly linkname?: string;
  /** As written in the header; the content's length unless told. */
  readonly size?: number | string | Uint8Array;
  readonly mode?: string;
  readonly prefix?: string;
  /** `ustar\0` and `00` unless told. */
  readonly magic?: string;
  /** Wrong on purpose. */
  readonly checksum?: number;
  /** No padding behind the content. */
  readonly unpadded?: boolean;
}

const BLOCK = 512;

export const tarEnd = (): Buffer => Buffer.alloc(2 * BLOCK);

/** A whole archive with its end mark. */
export function tarOf(members: readonly TarMember[]): Buffer {
  return Buffer.concat([...members.map((member) => tarMember(member)), tarEnd()]);
}

export function tarMember(member: TarMember): Buffer {
  const content =
    typeof member.content === 'string' ? Buffer.from(member.content) : (member.content ?? Buffer.alloc(0));
  const padding = member.unpadded === true ? 0 : (BLOCK - (content.byteLength % BLOCK)) % BLOCK;
  return Buffer.concat([header(member, content.byteLength), content, Buffer.alloc(padding)]);
}

/** A pax header that says these things of the next member, or of all with type `g`. */
export function paxMember(records: Readonly<Record<string, string>>, type: 'x' | 'g' = 'x'): TarMember {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(rest) + 1;
    while (Buffer.byteLength(`${length}${rest}`) !== length) length += 1;
    return `${length}${rest}`;
  });
  return { name: 'PaxHeader', type, content: lines.join('') };
}

function header(member: TarMember, contentBytes: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const put = (at: number, value: string | Uint8Array): void => {
    block.set(typeof value === 'string' ? Buffer.from(value) : value, at);
  };
  const { name, type = '0', size = contentBytes, linkname = '', prefix = '', magic = 'ustar\x0000' } = member;
  put(0, name);
  put(100, `${member.mode ?? '0000644'}\0`);
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, typeof size === 'number' ? `${size.toString(8).padStart(11, '0')}\0` : size);
  put(136, '00000000000\0');
  put(148, '        ');
  put(156, type);
  put(157, linkname);
  put(257, magic);
  put(345, prefix);
  const sum = member.checksum ?? block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}
