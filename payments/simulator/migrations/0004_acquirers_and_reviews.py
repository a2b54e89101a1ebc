from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('simulator', '0003_challenges'),
    ]

    operations = [
        migrations.AddField(
            model_name='payment',
            name='acquirer',
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name='payment',
            name='review_status',
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name='payment',
            name='tried',
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name='capture',
            name='status',
            field=models.CharField(choices=[('PROCESSING', 'Processing'), ('PENDING', 'Pending'), ('SUCCESS', 'Success'), ('FAIL', 'Fail'), ('CANCELLED', 'Cancelled')], max_length=16),
        ),
        migrations.AlterField(
            model_name='payment',
            name='status',
            field=models.CharField(choices=[('PROCESSING', 'Processing'), ('PENDING', 'Pending'), ('SUCCESS', 'Success'), ('FAIL', 'Fail'), ('CANCELLED', 'Cancelled')], max_length=16),
        ),
        migrations.AlterField(
            model_name='refund',
            name='status',
            field=models.CharField(choices=[('PROCESSING', 'Processing'), ('PENDING', 'Pending'), ('SUCCESS', 'Success'), ('FAIL', 'Fail'), ('CANCELLED', 'Cancelled')], max_length=16),
        ),
    ]
