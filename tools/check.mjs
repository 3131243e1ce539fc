/** `npm run check`: every gate that is no test. */
import { runGates } from './gates.mjs';

const { passed, failed } = await runGates();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
