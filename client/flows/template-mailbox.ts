import type { FlowDocument } from '../../shared/flow.ts';
import type { Template } from '../../shared/templates/templates.ts';
import { call } from '../api.ts';
import { queryClient } from '../shell/query-client.ts';
import { browserZone } from '../time-zones.ts';

/** Draws a template on the practice mailbox, so that it can be deployed at once; where there is none its sender is to be filled in. */
export async function drawTemplate(template: Template): Promise<FlowDocument> {
  const { isAvailable } = await call('getPractice');
  const zone = browserZone();
  if (!isAvailable) return template.make({ name: 'Mail', address: '', credential: '', protection: 'tls', zone });
  const { address, credential } = await call('preparePractice');
  await queryClient.invalidateQueries({ queryKey: ['listCredentials'] });
  return template.make({ name: 'Practice mailbox', address, credential, protection: 'off', zone });
}
