import { shownFields, type Control } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import type { FlowNode, FlowParameter } from '../../shared/flow.ts';
import { fillIn, type ParameterValues } from '../../shared/parameters.ts';
import type { Sql } from './sql.ts';

/** Where security material is named: in drafts and deployed versions, in fields that apply to the node as it is configured; in targets of alerts. */

export interface ArtifactUse {
  artifact: string;
  flowName: string;
  isDeployed: boolean;
}

/** @param control of the fields that name this kind of artifact */
export async function usesOf(sql: Sql, control: Control & ('credential' | 'certificate'), names: string[]): Promise<ArtifactUse[]> {
  const rows = await sql.query<{
    flowName: string;
    isDeployed: boolean;
    node: FlowNode;
    parameters: FlowParameter[] | null;
    given: ParameterValues;
  }>(
    `with document as (
       select name, false as is_deployed, draft as document, parameter_values as given from flow where deleted_at is null
       union all
       select f.name, true, v.document, v.parameter_values from deployment d join flow_version v using (flow_id, version) join flow f on f.id = d.flow_id
     )
     select name as "flowName", is_deployed as "isDeployed", node, document->'parameters' as parameters, given
       from document, jsonb_array_elements(document->'nodes') node
      where exists (select 1 from jsonb_each_text(node->'config') setting where setting.value = any($1) or setting.value like '%{{%}}%')
      order by name`,
    [names],
  );
  const wanted = new Set(names);
  const ofFlows = rows.flatMap(({ flowName, isDeployed, node, parameters, given }) =>
    fillIn({ nodes: [node], edges: [], parameters: parameters ?? [] }, given)
      .nodes.flatMap((filled) => namedBy(filled, control))
      .flatMap((artifact) => (wanted.has(artifact) ? [{ artifact, flowName, isDeployed }] : [])),
  );
  return [...ofFlows, ...(await usesOfTargets(sql, control, names))];
}

async function usesOfTargets(sql: Sql, control: 'credential' | 'certificate', names: string[]): Promise<ArtifactUse[]> {
  const keys = control === 'credential' ? ['credential', 'signingCredential'] : ['trustedCertificate'];
  const rows = await sql.query<{ artifact: string; name: string; isEnabled: boolean }>(
    `select distinct setting.value as artifact, t.name, t.is_enabled as "isEnabled"
       from alert_target t, jsonb_each_text(t.settings) setting
      where setting.key = any($1) and setting.value = any($2)
      order by t.name`,
    [keys, names],
  );
  return rows.map(({ artifact, name, isEnabled }) => ({ artifact, flowName: `alerts to ${name}`, isDeployed: isEnabled }));
}

/** Hidden fields count for nothing, such as that of a receiver without authentication. */
function namedBy({ type, config }: FlowNode, control: Control): string[] {
  const description = describeType(type);
  if (!description) return [];
  return shownFields(description, config).flatMap(({ key, info }) => {
    const name = config[key];
    return info.control === control && typeof name === 'string' ? [name] : [];
  });
}

export function flowNames(uses: ArtifactUse[]): string[] {
  return [...new Set(uses.map((use) => use.flowName))];
}

/** artifact → flows that name it */
export async function flowsByArtifact(sql: Sql, control: 'credential' | 'certificate', names: string[]): Promise<Map<string, string[]>> {
  const uses = Map.groupBy(await usesOf(sql, control, names), (use) => use.artifact);
  return new Map([...uses].map(([artifact, found]) => [artifact, flowNames(found)]));
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
