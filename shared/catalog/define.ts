import { z } from 'zod';
import type { FlowNode } from '../flow.ts';
import type { Problem } from '../problem.ts';

export type Role = 'sender' | 'step' | 'receiver';

/**
 * How the form shows a field. `credential`, `certificate`, `known-hosts` and `key-pair` pick a deployed artifact, `mail-address` is typed or found by an e-mail
 * address, `mail-folder` picks a folder of the mailbox, `mail-search` takes what mails must have.
 */
export type Control =
  | 'text'
  | 'textarea'
  | 'number'
  | 'radio'
  | 'select'
  | 'switch'
  | 'credential'
  | 'certificate'
  | 'known-hosts'
  | 'key-pair'
  | 'mail-address'
  | 'mail-folder'
  | 'mail-search'
  | 'schedule'
  | 'assignments'
  | 'conditions'
  | 'routes';

/**
 * `user`: a User Credentials artifact. `oauth2`: an OAuth2 Authorization Code artifact. `oauth2-client`: OAuth2 Client Credentials.
 * `parameter`: a Secure Parameter.
 */
export type CredentialKind = 'user' | 'oauth2' | 'oauth2-client' | 'parameter';

/** What a credential field asks of the artifact it names. */
export interface CredentialUse {
  kind: (config: ConfigView) => CredentialKind;
  /** The host it is sent to, which the artifact must allow; undefined while none is typed. */
  host: (config: ConfigView) => string | undefined;
}

/** A configuration with defaults filled in, as conditions and labels see it. */
export type ConfigView = Readonly<Record<string, unknown>>;

/** What the browser adds to a description when a node is drawn. */
export interface Browser {
  /** IANA name of the person's time zone. */
  zone: string;
}

/** Everything about a field but its type: one source for form, checks, reference page and API description. */
export interface FieldInfo {
  tab: string;
  /** Heading within the tab, above the first field that has it. */
  section?: string;
  label: string;
  control: Control;
  /** One line under the field. */
  help?: string;
  unit?: string;
  /** A line below the field that follows from what is typed: a port that is implied, for example. */
  note?: (config: ConfigView) => string | undefined;
  /** Value → label; a function where labels or choices depend on other fields. */
  options?: Record<string, string> | ((config: ConfigView) => Record<string, string>);
  /** Given with the control `credential`. */
  credential?: CredentialUse;
  /** With the control `mail-folder`: one that is not there may be created from the form. */
  canCreateFolder?: boolean;
  /** What a new node starts with, where the default can't know it since it depends on the browser. */
  initial?: (browser: Browser) => unknown;
  /** An empty value is a problem. */
  required?: boolean;
  placeholder?: string | ((config: ConfigView) => string);
  /** Shown only when this holds; a hidden field is neither checked nor sent to the runtime. */
  when?: (config: ConfigView) => boolean;
  /** The same condition in words, for the reference page. */
  whenText?: string;
}

/** One way out of a node. */
export interface Output {
  /** Kept when routes are renamed or reordered; `''` for the only one. */
  port: string;
  /** What the canvas writes beside it; empty for the only one. */
  label: string;
  /** Nothing is connected to it: a problem, or just the end of that way. */
  unconnected: 'error' | 'fine';
}

/** How messages come to a node and leave it. What a description does not say follows from its role. */
export interface Ports {
  hasInput?: boolean;
  outputs?: (config: ConfigView) => Output[];
}

const fieldInfos = z.registry<FieldInfo>();

/** Attaches what form and docs need to the zod type of one field. Give the type a default where there is one. */
export function field<T extends z.ZodType>(type: T, info: FieldInfo): T {
  fieldInfos.add(type, info);
  return type;
}

export interface Field {
  key: string;
  type: z.ZodType;
  info: FieldInfo;
}

/** A rule across fields; returns what is wrong and on which field, or undefined. */
export type Rule<Config> = (config: Config) => FieldProblem | undefined;
export type FieldProblem = Omit<Problem, 'nodeId'>;

export interface Description<Shape extends z.ZodRawShape = z.ZodRawShape> {
  type: string;
  /** `flow`: no node, but the settings of a flow as a whole. */
  role: Role | 'flow';
  title: string;
  /** Name of a lucide icon. */
  icon: string;
  /** What it does, one sentence: palette, help and reference page. */
  summary: string;
  config: z.ZodObject<Shape>;
  rules: Rule<z.output<z.ZodObject<Shape>>>[];
  ports?: Ports;
  /** Ids of the checklist items of this adapter, in order; empty for none. */
  checklist: string[];
  /** What the canvas writes below the name, from the configuration. */
  subtitle: (config: z.output<z.ZodObject<Shape>>) => string;
}

export function describe<Shape extends z.ZodRawShape>(description: Description<Shape>): Description<Shape> {
  return description;
}

/** A description whose configuration type is not known, as lists of them hold it. */
export type AnyDescription = Description;
/** One of what can be drawn. */
export type NodeDescription = AnyDescription & { role: Role };

export function fieldsOf(description: AnyDescription): Field[] {
  return Object.entries(description.config.shape).map(([key, type]) => {
    const info = fieldInfos.get(type as z.ZodType);
    if (!info) throw new Error(`${description.type}.${key} has no field info`);
    return { key, type: type as z.ZodType, info };
  });
}

/** The values as typed, with defaults where nothing valid was typed: what conditions and labels are computed from. */
export function configView(description: AnyDescription, typed: Record<string, unknown>): ConfigView {
  return Object.fromEntries(
    fieldsOf(description).map(({ key, type }) => {
      const parsed = type.safeParse(typed[key]);
      return [key, parsed.success ? parsed.data : (defaultOf(type) ?? typed[key])];
    }),
  );
}

export function defaultOf(type: z.ZodType): unknown {
  const parsed = type.safeParse(undefined);
  return parsed.success ? parsed.data : undefined;
}

/** The values a new node starts with; all other fields hold their defaults. */
export function initialConfig(description: AnyDescription, browser: Browser): Record<string, unknown> {
  return Object.fromEntries(fieldsOf(description).flatMap(({ key, info }) => (info.initial ? [[key, info.initial(browser)]] : [])));
}

/** The fields that apply, in order. */
export function shownFields(description: AnyDescription, typed: Record<string, unknown>): Field[] {
  const view = configView(description, typed);
  return fieldsOf(description).filter(({ info }) => info.when?.(view) ?? true);
}

/** What was typed into the fields that apply, defaults elsewhere; also where a field is not valid (yet). */
export function runnableConfig(description: AnyDescription, typed: Record<string, unknown>): Record<string, unknown> {
  const shown = shownFields(description, typed).map(({ key }) => [key, typed[key]] as const);
  return configView(description, Object.fromEntries(shown));
}

export interface CheckedConfig<Config = ConfigView> {
  /** Present only when no problem is an error. Hidden fields hold their default. */
  config?: Config;
  problems: FieldProblem[];
}

/** Checks what was typed: each shown field by its type, then the rules. The same in browser and on the server. */
export function checkConfig<Shape extends z.ZodRawShape>(
  description: Description<Shape>,
  typed: Record<string, unknown>,
): CheckedConfig<z.output<z.ZodObject<Shape>>> {
  const any = description as unknown as AnyDescription;
  const view = configView(any, typed);
  const problems: FieldProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const { key, type, info } of fieldsOf(any)) {
    const isShown = info.when?.(view) ?? true;
    const parsed = type.safeParse(isShown ? typed[key] : undefined);
    values[key] = parsed.success ? parsed.data : defaultOf(type);
    if (!isShown) continue;
    if (info.required && isEmpty(parsed.success ? parsed.data : typed[key])) {
      problems.push({
        field: key,
        level: 'error',
        code: 'FIELD_REQUIRED',
        message: `${info.label} is missing.`,
        remedy: `Fill in ${info.label}.`,
      });
    } else if (!parsed.success) {
      const reason = parsed.error.issues[0]?.message ?? 'not valid';
      problems.push({
        field: key,
        level: 'error',
        code: 'FIELD_INVALID',
        message: `${info.label}: ${reason}`,
        remedy: `Correct ${info.label}.`,
      });
    }
  }
  const config = values as z.output<z.ZodObject<Shape>>;
  if (problems.every((problem) => problem.level !== 'error')) {
    for (const rule of description.rules) {
      const problem = rule(config);
      if (problem) problems.push(problem);
    }
  }
  return problems.some((problem) => problem.level === 'error') ? { problems } : { config, problems };
}

/** A configuration that was checked by an older version: fields it lacks, and hidden ones, have their default; the others stay as they are. */
export function completeConfig(description: AnyDescription, stored: Record<string, unknown>): Record<string, unknown> {
  const view = configView(description, stored);
  return Object.fromEntries(
    fieldsOf(description).map(({ key, type, info }) => {
      const isKept = stored[key] !== undefined && (info.when?.(view) ?? true);
      return [key, isKept ? stored[key] : defaultOf(type)];
    }),
  );
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

/** The name people gave a node, else the title of its description. */
export function nodeName(node: FlowNode, description: AnyDescription | undefined): string {
  const name = node.config['name'];
  return typeof name === 'string' && name.trim() !== '' ? name.trim() : (description?.title ?? node.type);
}
