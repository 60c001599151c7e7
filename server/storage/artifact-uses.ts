import type { Pool } from 'pg';
import { configView, shownFields, type AnyDescription } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { mailSender } from '../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../shared/errors.ts';
import type { FlowNode, FlowParameter } from '../../shared/flow.ts';
import { fillIn, type ParameterValues } from '../../shared/parameters.ts';
import type { ArtifactUse, ArtifactUses, NamingControl, Refusal } from '../ports/material.ts';
import { sqlOn, type Sql } from './sql.ts';

/** Where security material is named: in drafts and deployed versions, in fields that apply to the node as it is configured; in targets of alerts. */

/** @param control of the fields that name this kind of artifact */
export async function usesOf(sql: Sql, control: NamingControl, names: string[]): Promise<Map<string, ArtifactUse[]>> {
  const ofFlows = await namingFields(sql, control, names);
  const found = Map.groupBy([...ofFlows, ...(await usesOfTargets(sql, control, names))], ({ artifact }) => artifact);
  return new Map([...found].map(([artifact, uses]) => [artifact, merged(uses.map(({ use }) => use))]));
}

/** What a test of an artifact tries: each field that names it once, as it runs, else as it is drawn. */
export function openArtifactUses(pool: Pool): ArtifactUses {
  const sql = sqlOn(pool);
  return {
    async toTest(control, name) {
      const fields = await namingFields(sql, control, [name]);
      const [...byField] = Map.groupBy(fields, ({ use }) => fieldKey(use)).values();
      const channels = byField.flatMap((same) => {
        const [use] = merged(same.map((field) => field.use));
        const tried = same.find((field) => field.use.isDeployed) ?? same[0];
        return use && tried ? [{ use, channel: { type: tried.node.type, config: tried.node.config, key: tried.key } }] : [];
      });
      const targets = await usesOfTargets(sql, control, [name]);
      return [...channels, ...targets.map(({ use }) => ({ use, channel: null }))];
    },
  };
}

interface NamingField {
  artifact: string;
  use: ArtifactUse;
  key: string;
  node: FlowNode;
}

async function namingFields(sql: Sql, control: NamingControl, names: string[]): Promise<NamingField[]> {
  const drawn = await readNodes(
    sql,
    `exists (select 1 from jsonb_each_text(node->'config') setting where setting.value = any($1) or setting.value like '%{{%}}%')`,
    [names],
  );
  return drawn.flatMap(({ use, node, description }) =>
    shownFields(description, node.config).flatMap(({ key, info }) => {
      const artifact = node.config[key];
      if (info.control !== control || typeof artifact !== 'string' || !names.includes(artifact)) return [];
      return [{ artifact, use: { ...use, field: info.label }, key, node }];
    }),
  );
}

/** Every mail channel: each of them decrypts and verifies with whatever there is. */
export async function usesByMailChannels(sql: Sql): Promise<ArtifactUse[]> {
  const drawn = await readNodes(sql, `node->>'type' = $1`, [mailSender.type]);
  return merged(drawn.map(({ use }) => ({ ...use, field: 'S/MIME' })));
}

interface DrawnNode {
  use: Omit<ArtifactUse, 'field'>;
  /** With the values of the parameters in place. */
  node: FlowNode;
  description: AnyDescription;
}

/** @param condition SQL about `node` */
async function readNodes(sql: Sql, condition: string, values: unknown[]): Promise<DrawnNode[]> {
  const rows = await sql.query<{
    flowId: string;
    flowName: string;
    isDeployed: boolean;
    node: FlowNode;
    parameters: FlowParameter[] | null;
    given: ParameterValues;
  }>(
    `with document as (
       select id as flow_id, name, false as is_deployed, draft as document, parameter_values as given from flow where deleted_at is null
       union all
       select f.id, f.name, true, v.document, v.parameter_values from deployment d join flow_version v using (flow_id, version) join flow f on f.id = d.flow_id
     )
     select flow_id as "flowId", name as "flowName", is_deployed as "isDeployed", node, document->'parameters' as parameters, given
       from document, jsonb_array_elements(document->'nodes') node
      where ${condition}
      order by name, flow_id`,
    values,
  );
  return rows.flatMap(({ flowId, flowName, isDeployed, node, parameters, given }) => {
    const description = describeType(node.type);
    const [filled] = fillIn({ nodes: [node], edges: [], parameters: parameters ?? [] }, given).nodes;
    if (!description || !filled) return [];
    const name = configView(description, filled.config)['name'];
    const nodeName = typeof name === 'string' && name !== '' ? name : description.title;
    return [{ use: { flowId, flowName, nodeId: node.id, nodeName, isDeployed, isDrawn: !isDeployed }, node: filled, description }];
  });
}

function fieldKey({ flowId, flowName, nodeId, field }: ArtifactUse): string {
  return JSON.stringify([flowId, flowName, nodeId, field]);
}

/** One line for a field, drawn, deployed or both. */
function merged(uses: ArtifactUse[]): ArtifactUse[] {
  const byField = Map.groupBy(uses, fieldKey);
  return [...byField.values()].flatMap(([first, ...others]) =>
    first
      ? [
          others.reduce(
            (use, other) => ({ ...use, isDeployed: use.isDeployed || other.isDeployed, isDrawn: use.isDrawn || other.isDrawn }),
            first,
          ),
        ]
      : [],
  );
}

const targetFields: Record<NamingControl, Record<string, string>> = {
  credential: { credential: 'Credential Name', signingCredential: 'Signing Credential' },
  certificate: { trustedCertificate: 'Trusted Certificate' },
  'known-hosts': {},
  'key-pair': {},
};

async function usesOfTargets(sql: Sql, control: NamingControl, names: string[]): Promise<{ artifact: string; use: ArtifactUse }[]> {
  const labels = targetFields[control];
  const rows = await sql.query<{ artifact: string; key: string; name: string; isEnabled: boolean }>(
    `select setting.value as artifact, setting.key, t.name, t.is_enabled as "isEnabled"
       from alert_target t, jsonb_each_text(t.settings) setting
      where setting.key = any($1) and setting.value = any($2)
      order by t.name`,
    [Object.keys(labels), names],
  );
  return rows.map(({ artifact, key, name, isEnabled }) => ({
    artifact,
    use: {
      flowId: null,
      flowName: `alerts to ${name}`,
      nodeId: null,
      nodeName: '',
      field: labels[key] ?? key,
      isDeployed: isEnabled,
      isDrawn: true,
    },
  }));
}

/** Names of the flows, and targets of alerts, that would miss the artifact now; empty when it may go. */
export async function deployedUsers(sql: Sql, control: NamingControl, name: string): Promise<string> {
  const uses = (await usesOf(sql, control, [name])).get(name) ?? [];
  return [...new Set(uses.filter(({ isDeployed }) => isDeployed).map(({ flowName }) => flowName))].join(', ');
}

/** Deletes an artifact of one kind. False when there is none. @throws CREDENTIAL_IN_USE */
export async function removeCredential(sql: Sql, kind: string, name: string): Promise<boolean> {
  const there = await sql.query('select 1 from credential where name = $1 and kind = $2', [name, kind]);
  if (there.length === 0) return false;
  const flows = await deployedUsers(sql, 'credential', name);
  if (flows !== '') throw new FlowError('CREDENTIAL_IN_USE', { name, flows });
  const removed = await sql.query('delete from credential where name = $1 and kind = $2 returning name', [name, kind]);
  return removed.length > 0;
}

/** artifact → the server that refuses it, as long as a channel or target would use it there */
export async function refusalsOf(sql: Sql, names: string[]): Promise<Map<string, Refusal>> {
  const rows = await sql.query<Refusal & { credential: string }>(
    `select distinct on (credential) credential, account, refusals, until
       from sign_in_pause p
      where credential = any($1)
        and exists (select 1 from channel c, jsonb_each_text(c.config) setting where c.is_active and setting.value = p.credential)
      order by credential, until desc`,
    [names],
  );
  return new Map(rows.map(({ credential, ...refusal }) => [credential, refusal]));
}

/** Lets channels that name the artifact and had trouble try it as it is now. */
export async function pollAgain(sql: Sql, name: string): Promise<void> {
  await sql.query(
    `update channel set next_poll_at = now()
      where is_active and (failures_in_row > 0 or health in ('failing', 'late', 'paused'))
        and exists (select 1 from jsonb_each_text(config) setting where setting.value = $1)`,
    [name],
  );
}

/** The same, and lifts the pauses after refused sign-ins. */
export async function signInAgain(sql: Sql, name: string): Promise<void> {
  await sql.query('delete from sign_in_pause where credential = $1', [name]);
  await pollAgain(sql, name);
}
