/**
 * Reads every project and every import, and says where they break the rules of edges.json: layers, edges, vendors,
 * undeclared dependencies, relative imports that leave a project, cycles. Fails closed: a project that is not in
 * the list is an error, and so is a list entry without a project.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { parseSync } from 'oxc-parser';

const DEFAULT_ROOT = path.resolve(import.meta.dirname, '../..');

/** @returns {{ projects: Map<string, object>, errors: string[] }} */
export function checkBoundaries(root = DEFAULT_ROOT, rules = readJson(path.join(import.meta.dirname, 'edges.json'))) {
  const projects = readProjects(root);
  const errors = [];
  for (const name of Object.keys(rules.edges)) {
    if (!projects.has(name)) errors.push(`edges.json lists ${name}, which does not exist`);
  }
  const rootDev = Object.keys(readJson(path.join(root, 'package.json')).devDependencies ?? {});
  for (const project of projects.values()) errors.push(...checkProject(project, { root, rules, projects, rootDev }));
  errors.push(...findCycles(projects));
  return { projects, errors: [...new Set(errors)] };
}

function readProjects(root) {
  const projects = new Map();
  const folders = ['packages', 'apps'].flatMap((group) =>
    existsSync(path.join(root, group)) ? readdirSync(path.join(root, group)).map((name) => path.join(group, name)) : [],
  );
  for (const folder of [...folders, 'e2e']) {
    const file = path.join(root, folder, 'package.json');
    if (!existsSync(file)) continue;
    const json = readJson(file);
    projects.set(json.name, {
      name: json.name,
      folder: path.join(root, folder),
      tags: json.nx?.tags ?? [],
      runtime: { ...json.dependencies, ...json.peerDependencies, ...json.optionalDependencies },
      dev: json.devDependencies ?? {},
      imports: new Set(),
    });
  }
  return projects;
}

function checkProject(project, { root, rules, projects, rootDev }) {
  const errors = [];
  const allowed = rules.edges[project.name];
  const testEdges = rules.testEdges?.[project.name] ?? [];
  const layers = project.tags.filter((tag) => tag in rules.layers);
  if (layers.length !== 1) errors.push(`${project.name}: needs exactly one layer tag, has [${layers.join(', ')}]`);
  if (allowed === undefined) errors.push(`${project.name}: is not listed in tools/boundaries/edges.json`);
  for (const { file, specifier, line, isProduction } of importsOf(project)) {
    const at = `${path.relative(root, file)}:${line}`;
    if (specifier.startsWith('.')) {
      const target = path.relative(project.folder, path.resolve(path.dirname(file), specifier));
      if (isProduction && target.startsWith('..'))
        errors.push(`${at} relative import leaves the project: ${specifier}`);
      continue;
    }
    if (isBuiltin(specifier)) {
      if (!specifier.startsWith('node:')) errors.push(`${at} write node:${specifier}`);
      continue;
    }
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    if (name === project.name) continue;
    const declared = name in project.runtime || (!isProduction && (name in project.dev || rootDev.includes(name)));
    if (!declared) errors.push(`${at} ${name} is not a dependency of ${project.name}`);
    const owners = rules.vendors[name];
    if (owners !== undefined && !owners.includes(project.name))
      errors.push(`${at} only ${owners.join(', ')} may import ${name}`);
    const target = projects.get(name);
    if (target === undefined) continue;
    project.imports.add(name);
    if (!isProduction && testEdges.includes(name)) continue;
    if (!(allowed ?? []).includes(name)) errors.push(`${at} ${project.name} may not import ${name} (edges.json)`);
    const fits = layers.every((layer) => target.tags.some((tag) => rules.layers[layer].includes(tag)));
    if (!fits) errors.push(`${at} ${layers.join()} may not import ${target.tags.join()}`);
  }
  for (const name of Object.keys({ ...project.runtime, ...project.dev })) {
    if (name in project.dev && testEdges.includes(name)) continue;
    if (projects.has(name) && !(allowed ?? []).includes(name) && project.tags[0] !== 'layer:e2e') {
      errors.push(`${project.name}: declares ${name}, which edges.json does not allow`);
    }
  }
  return errors;
}

function* importsOf(project) {
  for (const entry of readdirSync(project.folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    const relative = path.relative(project.folder, file);
    if (!entry.isFile() || !/\.[cm]?tsx?$/.test(entry.name)) continue;
    if (/(^|\/)(dist|node_modules|coverage)\//.test(relative)) continue;
    const isProduction = relative.startsWith('src/') && !/\.test\.ts$/.test(relative);
    const text = readFileSync(file, 'utf8');
    const { module, errors } = parseSync(file, text);
    if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0].message}`);
    const found = [
      ...module.staticImports.map((each) => [each.moduleRequest.value, each.start]),
      ...module.staticExports.flatMap((each) =>
        each.entries.filter((e) => e.moduleRequest).map((e) => [e.moduleRequest.value, each.start]),
      ),
      ...module.dynamicImports.map((each) => [
        text.slice(each.moduleRequest.start + 1, each.moduleRequest.end - 1),
        each.start,
      ]),
    ];
    for (const [specifier, position] of found) {
      if (!/^[.@\w]/.test(specifier)) continue;
      yield { file, specifier, line: text.slice(0, position).split('\n').length, isProduction };
    }
  }
}

function findCycles(projects) {
  const errors = [];
  const visit = (name, stack) => {
    if (stack.includes(name)) {
      errors.push(`cycle: ${[...stack.slice(stack.indexOf(name)), name].join(' -> ')}`);
      return;
    }
    for (const next of projects.get(name)?.imports ?? []) visit(next, [...stack, name]);
  };
  for (const name of projects.keys()) visit(name, []);
  return errors;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

if (process.argv[1] === import.meta.filename) {
  const { projects, errors } = checkBoundaries();
  for (const error of errors) console.error(error);
  console.log(`boundaries: ${projects.size} projects, ${errors.length} errors`);
  process.exitCode = errors.length > 0 || projects.size === 0 ? 1 : 0;
}
