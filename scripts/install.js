// Brings node_modules in line with package-lock.json before `npm start`. Plain JavaScript for whatever Node the machine has (18 or
// later): the Node 24 that Mailroom runs on is one of the packages installed here, and npm puts it first on the PATH of `start`.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const ours = join(modules, '.bin', 'node');
const neededMajor = 24;

if (!isInstalled()) {
  console.log('Installing what Mailroom needs (npm ci, about a minute the first time) …');
  installPackages();
}
if (nodeMajor() < neededMajor) {
  console.log(`Fetching Node ${neededMajor} …`);
  fetchNode();
}
if (nodeMajor() < neededMajor) {
  stop(
    `Node ${neededMajor} could not be put into node_modules. Install Node ${neededMajor} on this machine (https://nodejs.org) and run npm start again.`,
  );
}

/** npm writes down in node_modules what it installed, last of all: an interrupted installation has no such file. */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(modules, '.package-lock.json'));
  return Object.entries(wanted).every(([name, { version, integrity, optional, devOptional }]) => {
    if (name === '') return true;
    const found = installed[name];
    if (!found) return optional || devOptional;
    return found.version === version && found.integrity === integrity;
  });
}

/** @returns {Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }>} */
function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

function installPackages() {
  // Development packages included, because the web interface is built here.
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm's own Node, not the one in node_modules, which npm ci is about to remove.
  const node = process.env.npm_node_execpath ?? process.execPath;
  const npm = process.env.npm_execpath;
  const { status, signal, error } = npm ? run(node, [npm, ...args]) : run('npm', args);
  if (signal) process.exit(130);
  if (error) stop(`npm could not be started: ${error.message}`);
  if (status !== 0) stop('npm ci failed: see its message above. Is the npm registry reachable from this machine?');
}

/** What the install script of the package `node` does; npm leaves it and the link out where install scripts are switched off. */
function fetchNode() {
  run(process.execPath, ['installArchSpecificPackage.js'], join(modules, 'node'));
  const isFetched = existsSync(join(modules, 'node', 'bin', 'node'));
  if (isFetched && !existsSync(ours)) symlinkSync(join('..', 'node', 'bin', 'node'), ours);
}

/** Major version of the Node that `npm start` will run: ours in node_modules, else the one of this process. */
function nodeMajor() {
  const { status, stdout } = spawnSync(ours, ['--version'], { encoding: 'utf8' });
  const version = status === 0 ? stdout : process.version;
  return Number(version.slice(1).split('.')[0]);
}

function run(command, args, cwd = root) {
  return spawnSync(command, args, { cwd, stdio: 'inherit' });
}

/** @returns {never} */
function stop(text) {
  console.error(text);
  process.exit(1);
}
