import { preset } from '../../tools/tsup.ts';
export default preset({ entry: { bin: 'src/bin.ts', index: 'src/index.ts' } });
