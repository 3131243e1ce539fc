/**
 * The records of a pax extended header: `length key=value` and a newline, the length counting itself. Pure.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html (pax extended header)
 * @module
 */
const DIGITS = /^[1-9]\d{0,9}$/;
const SPACE = 0x20;
const NEWLINE = 0x0a;

/** Values by key, the last of several; `undefined` for anything that is not such a list in UTF-8. */
export function parsePaxRecords(bytes: Uint8Array): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.byteLength;) {
    const space = bytes.indexOf(SPACE, at);
    const digits = Buffer.from(bytes.subarray(at, Math.max(at, space))).toString('latin1');
    if (!DIGITS.test(digits)) return undefined;
    const end = at + Number(digits);
    if (end <= space + 1 || end > bytes.byteLength || bytes[end - 1] !== NEWLINE) return undefined;
    const record = decodeUtf8(bytes.subarray(space + 1, end - 1));
    const equals = record?.indexOf('=') ?? -1;
    if (record === undefined || equals < 1) return undefined;
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}

export function formatPaxRecords(records: ReadonlyMap<string, string>): Uint8Array {
  return new TextEncoder().encode([...records].map(([key, value]) => formatRecord(`${key}=${value}\n`)).join(''));
}

/** The length counts its own digits, so it grows until it fits. */
function formatRecord(rest: string): string {
  const bytes = Buffer.byteLength(rest) + 1;
  let length = bytes + 1;
  while (bytes + String(length).length !== length) length = bytes + String(length).length;
  return `${length} ${rest}`;
}

/** `undefined` for bytes that are no UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
