"""Three tables, as wide as they must be."""

from __future__ import annotations

import uuid

from django.db import models


class Payment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    public_id = models.CharField(max_length=32, unique=True)
    order = models.CharField(max_length=32)
    request_id = models.CharField(max_length=64, unique=True)
    gateway_reference = models.CharField(max_length=64, null=True)
    state = models.CharField(max_length=20, default="pending")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    captured_minor = models.BigIntegerField(default=0)
    brand = models.CharField(max_length=32, default="")
    last_four = models.CharField(max_length=4, default="")
    device = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()


class Event(models.Model):
    delivery_key = models.CharField(max_length=64, unique=True)
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    received_at = models.DateTimeField()


class Order(models.Model):
    public_id = models.CharField(max_length=32, unique=True)
    buyer = models.IntegerField()
    number = models.CharField(max_length=32)
    description = models.CharField(max_length=256)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20)
    total_minor = models.BigIntegerField()
    due_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField()
    held_minor = models.BigIntegerField()
    safe_to_ship = models.BooleanField()
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["buyer", "-id"], name="limit_order_of_buyer")]
