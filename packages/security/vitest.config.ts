import { unitProject } from '../../tools/vitest.ts';
export default unitProject('security');
