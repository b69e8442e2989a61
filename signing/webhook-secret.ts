import type { Webhook } from "#db/schema/webhooks.ts";
import { deriveKey } from "./derive-key.ts";

/**
 * A webhook's secret: `whsec_` and 32 bytes in base64, as Standard Webhooks has it
 * (https://github.com/standard-webhooks/standard-webhooks). Derived from its id and from how often it
 * has been rotated, so that it is stored nowhere.
 */
export const webhookSecret = (
	notifyKey: string,
	{ id, secretGeneration }: Pick<Webhook, "id" | "secretGeneration">,
): string =>
	`whsec_${deriveKey(notifyKey, "webhook", `${id} ${secretGeneration}`).toString("base64")}`;

/** The secrets that sign now: the newest first, and for a while the one before it. */
export function liveWebhookSecrets(
	notifyKey: string,
	webhook: Pick<Webhook, "id" | "secretGeneration" | "previousSecretUntilMs">,
	nowMs: number,
): string[] {
	const { id, secretGeneration, previousSecretUntilMs } = webhook;
	const secrets = [webhookSecret(notifyKey, webhook)];
	if (secretGeneration > 0 && nowMs < previousSecretUntilMs) {
		secrets.push(webhookSecret(notifyKey, { id, secretGeneration: secretGeneration - 1 }));
	}
	return secrets;
}
