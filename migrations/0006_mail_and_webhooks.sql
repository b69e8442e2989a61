CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`body` text NOT NULL,
	`received_at_ms` integer NOT NULL,
	`requeued_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `dead_letters_by_time` ON `dead_letters` (`received_at_ms`);--> statement-breakpoint
CREATE TABLE `mail_opt_outs` (
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`user_id`, `kind`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `mail_threads` (
	`conversion_id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`message_id` text NOT NULL,
	`references` text NOT NULL,
	`subject` text NOT NULL,
	FOREIGN KEY (`conversion_id`) REFERENCES `conversions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `mail_threads_by_message` ON `mail_threads` (`user_id`,`message_id`);--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`webhook_id` text NOT NULL,
	`event_id` text NOT NULL,
	`type` text NOT NULL,
	`conversion_id` text NOT NULL,
	`conversion` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`begun_at_ms` integer NOT NULL,
	`state` text DEFAULT 'pending' NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`due_at_ms` integer NOT NULL,
	`leased_until_ms` integer DEFAULT 0 NOT NULL,
	`queued_at_ms` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`webhook_id`, `event_id`),
	FOREIGN KEY (`webhook_id`) REFERENCES `webhooks`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`conversion_id`) REFERENCES `conversions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_by_webhook` ON `webhook_deliveries` (`webhook_id`,`created_at_ms`,`event_id`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_by_conversion` ON `webhook_deliveries` (`conversion_id`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_by_time` ON `webhook_deliveries` (`created_at_ms`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`due_at_ms`) WHERE state = 'pending';--> statement-breakpoint
CREATE TABLE `webhook_tries` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`webhook_id` text NOT NULL,
	`event_id` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`latency_ms` integer NOT NULL,
	`status` integer,
	`failure` text,
	`answer` text,
	FOREIGN KEY (`webhook_id`,`event_id`) REFERENCES `webhook_deliveries`(`webhook_id`,`event_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `webhook_tries_by_delivery` ON `webhook_tries` (`webhook_id`,`event_id`,`id`);--> statement-breakpoint
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`url` text NOT NULL,
	`name` text NOT NULL,
	`events` text NOT NULL,
	`secret_generation` integer DEFAULT 0 NOT NULL,
	`previous_secret_until_ms` integer DEFAULT 0 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`failing_since_ms` integer,
	`disabled_at_ms` integer,
	`disabled_because` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `webhooks_by_user` ON `webhooks` (`user_id`,`id`);--> statement-breakpoint
ALTER TABLE `mails` ADD `given_up_at_ms` integer;--> statement-breakpoint
ALTER TABLE `mails` ADD `given_up_because` text;--> statement-breakpoint
ALTER TABLE `users` ADD `email_undeliverable_at_ms` integer;--> statement-breakpoint
ALTER TABLE `users` ADD `email_undeliverable_because` text;