/**
 * Whether a password opens a hash: slow by design, so whoever does it does it somewhere else than on the event loop.
 *
 * @module
 */
export interface PasswordComparer {
  /**
   * @param password at most 72 bytes of UTF-8 without NUL: all that bcrypt looks at.
   * @param hash a bcrypt hash that was checked.
   * @throws {RegistryError} `UNAVAILABLE` when it cannot be found out.
   */
  compare(password: string, hash: string): Promise<boolean>;
  /** What is waited for fails with `UNAVAILABLE`. Twice is as good as once. */
  close(): Promise<void>;
}
