import django.db.models.deletion
import payments.simulator.clock
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("simulator", "0007_increases"),
    ]

    operations = [
        migrations.AddField(
            model_name="cardtoken",
            name="deleted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="challenge",
            name="parent",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="challenge", to="simulator.payment"
            ),
        ),
        migrations.CreateModel(
            name="Vaulting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_id", models.CharField(max_length=64)),
                ("request_id", models.CharField(max_length=64)),
                ("session_id", models.CharField(max_length=64, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("PROCESSING", "Processing"),
                            ("PENDING", "Pending"),
                            ("SUCCESS", "Success"),
                            ("FAIL", "Fail"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        max_length=16,
                    ),
                ),
                ("opening_code", models.CharField(max_length=64)),
                ("status_code", models.CharField(blank=True, max_length=64)),
                ("notify_url", models.CharField(max_length=2048)),
                ("redirect_url", models.CharField(blank=True, max_length=2048)),
                ("asks_3ds", models.BooleanField(default=False)),
                ("site", models.CharField(max_length=256)),
                ("brand", models.CharField(blank=True, max_length=32)),
                ("last4", models.CharField(blank=True, max_length=4)),
                ("expiry_month", models.CharField(blank=True, max_length=2)),
                ("expiry_year", models.CharField(blank=True, max_length=2)),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("behaviour", models.CharField(blank=True, max_length=32)),
                ("traits", models.JSONField(default=dict)),
                ("acquirer", models.CharField(blank=True, max_length=32)),
                ("network_transaction_id", models.CharField(blank=True, max_length=64)),
                ("plan", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=payments.simulator.clock.now)),
                ("expires_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "token",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="vaulting",
                        to="simulator.cardtoken",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("client_id", "request_id"), name="one_vaulting_per_request")
                ],
            },
        ),
        migrations.AddField(
            model_name="challenge",
            name="vaulting",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="challenge",
                to="simulator.vaulting",
            ),
        ),
        migrations.AddConstraint(
            model_name="challenge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("parent__isnull", False), ("vaulting__isnull", True)),
                    models.Q(("parent__isnull", True), ("vaulting__isnull", False)),
                    _connector="OR",
                ),
                name="challenge_of_one_thing",
            ),
        ),
    ]
