/**
 * The thread that computes bcrypt: takes `{ password, hash }`, answers whether they belong together, in order.
 *
 * CommonJS and no TypeScript, so that this file runs as it is where nothing was built; a build makes one file of it
 * and bcryptjs. `bcrypt-worker.ts` starts it, from beside itself.
 *
 * @module
 */
/* oxlint-disable typescript/no-unsafe-argument, typescript/no-unsafe-assignment, typescript/no-unsafe-call -- no types */
/* oxlint-disable typescript/no-unsafe-member-access, unicorn/require-post-message-target-origin -- no window either */
'use strict';

const { parentPort } = require('node:worker_threads');
const { compareSync } = require('bcryptjs');

parentPort.on('message', ({ password, hash }) => {
  parentPort.postMessage(compareSync(password, hash));
});
